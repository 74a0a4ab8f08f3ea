import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from stillwatch.console.histories import history_story, write_history
from stillwatch.console.history_views import Drawing, History, Sheet
from stillwatch.errors import StillwatchError

POISON = "<script>alert(1)</script><img src=x onerror=alert(1)>[bold]{{7*7}}"


def view(rows: int = 2) -> History:
    return History(
        question=POISON, lead=POISON, verdict="inconclusive", status="review", sentence="A sentence.",
        facts=(("p-value", "0.04", POISON),), missing=(POISON,), warnings=(POISON,), limits=("a limit",),
        drawings=(
            Drawing("contrasts", ([{"family": POISON, "contrast": 1.0, "role": "suspect"}],), "Families", POISON),
        ),
        sheets=(
            Sheet(
                "Table", ("name", "figure>", "note"), tuple((f"{POISON} {n}", "1", "remark") for n in range(rows)),
                POISON,
            ),
        ),
    )  # fmt: skip


def test_the_page_holds_all_and_obeys_nothing(tmp_path: Path) -> None:
    write_history(tmp_path / "page.html", view())
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert re.findall(r"<script|<img|onerror=alert\(1\)>(?!.*&gt;)|https?://(?!www\.w3\.org)", page) == []
    assert "&lt;script&gt;" in page
    assert page.count("<svg") == 1
    assert "{{7*7}}" in page
    assert "A sentence." in page
    assert "a limit" in page
    for anchor in re.findall(r'href="#([a-z-]+)"', page):
        assert f'id="{anchor}"' in page


def test_a_page_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StillwatchError, match="--out"):
        write_history(tmp_path / "absent" / "page.html", view())


def test_the_terminal_tells_the_same_and_puts_remarks_below() -> None:
    out = io.StringIO()
    Console(file=out, markup=False, width=200).print(history_story(view(5), rows=3))
    text = out.getvalue()
    assert "A sentence." in text
    assert "[bold]" in text
    assert text.count("remark") == 3
    assert "and 2 more" in text
    assert "note  " not in text
