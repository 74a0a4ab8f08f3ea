import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from stillwatch.console.whose import whose_summary, write_whose
from stillwatch.errors import StillwatchError

POISON = "<script>alert(1)</script><img src=x onerror=alert(1)>[bold]{{7*7}}"


def teacher(provider: str, score: float | None, **changes: Any) -> dict[str, Any]:
    known = score is not None
    return {
        "provider": provider, "score": score, "low": score, "high": score,
        "versions": [{"model": f"{provider}-1 {POISON}", "family": "f", "score": score}],
        "p_value": 0.002 if known else None, "p_adjusted": 0.01 if known else None, "p_absent": 0.02 if known else None,
        "p": 0.02 if known else None, "log_lr": 1.5 if known else None, "in_set": known, "own": False,
        "missing": "" if known else "cannot be judged: 7 models",
    } | changes  # fmt: skip


def finding(**changes: Any) -> dict[str, Any]:
    none = {
        "standing": "set aside", "p_value": 0.02, "floor": 0.013, "strangers": [0.1, 0.5, 0.9], "families": 12,
        "named": 1,
        "low": 0.0, "high": 0.4, "rate": 0.03, "rate_by_holm_alone": 0.6,
        "left_out": [{"family": "elm family", "provider": POISON, "models": 3, "closest": "fir", "score": 0.9,
                      "p_adjusted": None, "p_absent": 0.3, "named": 0, "by_holm_alone": 2}],
        "noticed": [{"share": 0.5, "named": 0.2}], "text": "An innocent model looks so.",
    }  # fmt: skip
    return {
        "suspect": POISON, "pack": "toy abc", "probes": "toy", "prompts": 40, "pack_prompts": 50, "models": 14,
        "families": 7, "level": 0.05, "coverage": 0.9, "answer": "birch", "sentence": "The sentence.",
        "teachers": [teacher("birch", 1.2), teacher("elm", -3.0, in_set=False), teacher("fir", None)],
        "cannot_be_told_apart": ["birch"], "margin": 0.2, "first_without": "7 of 7",
        "none": none | changes.pop("none", {}), "notes": ["A note."], "limits": ["A limit."],
    } | changes  # fmt: skip


def text_of(made: dict[str, Any], width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, markup=False, width=width).print(whose_summary(made))
    return out.getvalue()


def test_the_page_holds_all_and_obeys_nothing(tmp_path: Path) -> None:
    write_whose(tmp_path / "page.html", finding())
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert re.findall(r"<script|<img|https?://", page) == []
    assert "&lt;script&gt;" in page
    for text in ("The sentence.", "An innocent model looks so.", "A note.", "A limit.", "elm family", "7 models",
                 "are named", "none of these", "birch-1"):  # fmt: skip
        assert text in page
    for anchor in re.findall(r'href="#([a-z-]+)"', page):
        assert f'id="{anchor}"' in page


def test_nothing_is_drawn_outside_its_line(tmp_path: Path) -> None:
    wild = finding(teachers=[teacher("birch", 400.0), teacher("elm", -400.0)], none={"strangers": [-1.0, 2.0]})
    write_whose(tmp_path / "page.html", wild)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    places = [float(value) for value in re.findall(r"(?:left|width|height):(-?[0-9.]+)%", page)]
    assert places
    assert min(places) >= 0.0
    assert max(places) <= 100.0


@pytest.mark.parametrize("strangers", [[], [0.5]])
def test_a_page_without_strangers_can_be_drawn(tmp_path: Path, strangers: list[float]) -> None:
    bare = finding(answer=None, teachers=[], none={"strangers": strangers, "left_out": [], "noticed": [],
                                                   "standing": "supported", "p_value": None})  # fmt: skip
    write_whose(tmp_path / "page.html", bare)
    assert "none of these: supported" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "none of these" in text_of(bare)


def test_a_page_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StillwatchError, match="--out"):
        write_whose(tmp_path / "absent" / "page.html", finding())


def test_the_terminal_tells_the_same_on_eighty_columns() -> None:
    text = text_of(finding())
    assert "student of birch" in text
    assert "[bold]" in text
    assert "birch *" in text
    assert "elm *" not in text
    assert "None of these: set aside" in " ".join(text.split())
    assert "+1.20" in text
    assert "missing: cannot be judged: 7 models" in text
    assert "note: A note." in text
    assert "- A limit." in text
    assert "…" not in text.split("* cannot be told")[0].split("The sentence.")[1]


def test_without_an_answer_none_of_these_stands_first() -> None:
    text = text_of(finding(answer=None, none={"standing": "cannot be ruled out"}))
    assert text.startswith("none of these")
    assert "cannot be ruled out" in text
