from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stillwatch.provenance.watermark.keys import Master, add_keys, change_state, derive, read_register
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import GOLDEN, context_hash
from stillwatch.provenance.watermark.schemes import Gumbel

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]
SCHEME = Gumbel(width=2)
SECRET = bytes(range(64))
AT = datetime(2026, 11, 1, tzinfo=UTC)


def marked(key: bytes, tokens: int, seed: int) -> list[int]:
    """Each token is the best of 4 under the key."""
    rng, none = np.random.default_rng(seed), np.zeros(0, np.int64)
    text = rng.integers(0, 9000, 2).tolist()
    for _ in range(tokens - 2):
        four = rng.integers(0, 9000, 4)
        head = np.uint64(context_hash(np.array(text[-2:], np.int32), 2, 2))
        hashes = head + (four.astype(np.uint64) + np.uint64(1)) * GOLDEN
        text.append(int(four[np.argmax(SCHEME.values(Pairs(hashes, none, none, none, none), key))]))
    return text


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register of a cohort's key and 30 accounts', and 8 answers, of which the first two are marked for a7."""
    monkeypatch.setenv("OUR_MASTER", SECRET.hex())
    common = {"provider": "us", "scheme": SCHEME.name, "epoch": "1", "cohort": "c"}
    names = [KeyName(**common), *(KeyName(**common, account=f"a{n}") for n in range(30))]
    add_keys(tmp_path / "register.jsonl", names, AT)
    key = derive(Master(SECRET), names[8])
    rng = np.random.default_rng(1)
    answers = [marked(key, 200, n) if n < 2 else rng.integers(0, 9000, 120).tolist() for n in range(8)]
    rows = [{"id": f"answer-{n}", "tokens": tokens, "account": "a7"} for n, tokens in enumerate(answers)]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def arguments(case: Path) -> list[object]:
    return ["watermark", "detect", case / "answers.jsonl", "--master", "env:OUR_MASTER",
            "--register", case / "register.jsonl"]  # fmt: skip


@pytest.fixture
def asked(run: Run, capsys: Capture) -> Callable[..., Any]:
    def ask(*words: object) -> Any:
        assert run(*words, "--json") == 0
        return json.loads(capsys.readouterr().out)

    return ask


def test_it_says_whose_mark_it_is_and_writes_the_case(case: Path, run: Run, capsys: Capture) -> None:
    assert run(*arguments(case), "--spans", "--each", "--out", case / "out") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "account a7 of cohort c" in out and "p < 1e-12 after correction" in out
    assert "Marked stretches" in out and "2 of 8 documents are marked" in out
    assert (case / "out" / "report.html").is_file()
    made = json.loads((case / "out" / "mark.json").read_text())
    assert made["verdict"] == "marked" and len(made["spans"]) == 2
    lines = [json.loads(line) for line in (case / "out" / "documents.jsonl").read_text().splitlines()]
    assert [one["marked"] for one in lines] == [True] * 2 + [False] * 6


def test_no_secret_is_written_anywhere(case: Path, run: Run, capsys: Capture) -> None:
    run(*arguments(case), "--each", "--out", case / "out")
    shown = capsys.readouterr()
    register = read_register(case / "register.jsonl")
    secrets = [SECRET, *(derive(Master(SECRET), name) for name in register.names)]
    written = shown.out + shown.err + "".join(path.read_text() for path in (case / "out").iterdir())
    assert not any(secret.hex()[:16] in written.lower() for secret in secrets)


def test_json_holds_the_whole_case(case: Path, asked: Callable[..., Any]) -> None:
    made = asked(*arguments(case), "--each", "--seed", 5)
    assert made["kind"] == "text" and made["decoys"]["count"] == 1000 and made["provenance"]["seed"] == "5"
    assert len(made["keys"]) == 31 and made["keys"][0]["account"] == "a7" and len(made["documents"]) == 8
    assert made["commitment"] is None


def test_the_commitment_is_checked(case: Path, run: Run, asked: Callable[..., Any], capsys: Capture) -> None:
    more = ("watermark", "keys", "commit", case / "register.jsonl", "--master", "env:OUR_MASTER", "--weight", "equal")
    assert run(*more, "--out", case / "fixed.json") == 0
    capsys.readouterr()
    assert asked(*arguments(case), "--commitment", case / "fixed.json")["commitment"]["holds"]
    other = asked(*arguments(case), "--commitment", case / "fixed.json", "--level", "1e-3")
    assert not other["commitment"]["holds"] and "another level" in other["commitment"]["text"]


def test_keys_can_be_narrowed_and_leaked_ones_accuse_nobody(case: Path, asked: Callable[..., Any]) -> None:
    names = read_register(case / "register.jsonl").names
    (case / "some.txt").write_text(f"{names[8].id}\n{names[3].id[:12]}\n")
    made = asked(*arguments(case), "--keys", case / "some.txt")
    assert {one["key_id"] for one in made["keys"]} == {names[8].id, names[3].id}
    change_state(case / "register.jsonl", [names[8].id], "leaked", AT)
    assert asked(*arguments(case))["verdict"] == "not shown"


def test_a_key_set_by_hand_is_tried(case: Path, asked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    key = derive(Master(SECRET), read_register(case / "register.jsonl").names[8])
    monkeypatch.setenv("BY_HAND", key.hex())
    start = ["watermark", "detect", case / "answers.jsonl", "--scheme", SCHEME.name]
    assert asked(*start, "--raw-key", "env:BY_HAND")["verdict"] == "marked"
    (case / "key").write_text("0x7b\n")
    assert asked(*start[:-1], "vllm-gumbel", "--raw-key", f"file:{case / 'key'}")["verdict"] == "not shown"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--raw-key", "env:NOT_SET"], 2, "nothing there"),
        (["--raw-key", "env:SHORT"], 2, "32 or more hexadecimal digits"),
        (["--raw-key", "SECRETSECRET"], 2, "never the key itself"),
        (["--raw-key", "file:/nowhere"], 2, "cannot be read"),
        (["--keys", "/nowhere"], 4, "no such file"),
        (["--scheme", "kgw"], 4, "no key of kgw"),
        (["--decoys", "5"], 2, "at least 100"),
        (["--level", "2"], 2, "between 0 and 1"),
        (["--raw-key", "env:GOOD", "--commitment", "x"], 2, "without --raw-key"),
        (["--tokenizer", "/nowhere"], 4, "no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_faults_are_named(
    case: Path, run: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int, said: str
) -> None:
    monkeypatch.setenv("SHORT", "abcdef")
    monkeypatch.setenv("GOOD", "ab" * 32)
    assert run(*arguments(case), *words) == status
    error = capsys.readouterr().err
    assert said in " ".join(error.split()) and "SECRETSECRET" not in error and "abcdef" not in error


def test_keys_are_needed(case: Path, run: Run, capsys: Capture) -> None:
    texts = ["watermark", "detect", case / "answers.jsonl"]
    assert run(*texts) == 2 and "no key to try" in capsys.readouterr().err
    assert run(*texts, "--register", case / "register.jsonl") == 2
    assert "belong together" in capsys.readouterr().err
    assert run("watermark", "detect", case / "none", *arguments(case)[3:]) == 4
    assert run(*texts, "--raw-key", "env:GOOD") == 2 and "--scheme is missing" in capsys.readouterr().err
