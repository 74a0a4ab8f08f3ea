from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.watermark.samplers.prompts import Prompt, read_prompts


def test_lines_of_json_and_of_text(tmp_path: Path) -> None:
    lines, text = tmp_path / "a.jsonl", tmp_path / "a.txt"
    lines.write_bytes(
        b'\xef\xbb\xbf{"prompt": "why?", "id": 7, "more": 1}\r\n\n{"prompt_tokens": [1, 2], "account": "a"}'
    )
    assert read_prompts(lines) == [Prompt(prompt="why?", id=7), Prompt(prompt_tokens=[1, 2], account="a")]
    text.write_text("first line\r\n\nzweite Zeile\n", encoding="utf-8")
    assert [one.prompt for one in read_prompts(text)] == ["first line", "zweite Zeile"]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        '{"prompt": ""}',
        '{"prompt": 3}',
        '{"prompt_tokens": [-1]}',
        '{"prompt_tokens": [2147483647]}',
        "[" * 9999,
    ],
)
def test_a_wrong_line_is_named_and_never_shown(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"prompt": "secret words"}\n' + line)
    with pytest.raises(BadInput, match="line 2") as raised:
        read_prompts(path)
    assert "secret" not in str(raised.value)


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead):
        read_prompts(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n \n")
    with pytest.raises(NothingToRead):
        read_prompts(tmp_path / "empty.jsonl")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="UTF-8"):
        read_prompts(tmp_path / "bytes.txt")
