import itertools
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from stillwatch.console.inquiry import write_inquiry
from stillwatch.errors import StillwatchError
from stillwatch.inquiry import Inquiry, Passage

Make = Callable[..., Inquiry]
Parse = Callable[[str], Any]
Write = Callable[[Inquiry, Path], Any]
POISON = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "<svg onload=alert(1)>'\"></style><style>@import url(http://evil.example/y.css)</style>"
    "<a href='javascript:alert(1)'>{{7*7}}</details></mark>\x1b[31m\u202e"
)


def poisoned(value: Any) -> Any:
    """The same case with hostile text in every string, in answers among much else."""
    if isinstance(value, str):
        return POISON
    if isinstance(value, Passage):
        return Passage(model=POISON, text=POISON * 3 + "W" * 10_000 + " " * 1_000_000, marks=((0, 9), (5, 700)))
    if isinstance(value, msgspec.Struct):
        return type(value)(**{name: poisoned(getattr(value, name)) for name in value.__struct_fields__})
    if isinstance(value, tuple):
        return tuple(poisoned(inner) for inner in value)
    return {POISON: POISON} if isinstance(value, dict) else value


@pytest.fixture
def written(parse_page: Parse) -> Write:
    def write(case: Inquiry, folder: Path) -> Any:
        write_inquiry(folder / "case.html", case)
        return parse_page((folder / "case.html").read_text(encoding="utf-8"))

    return write


def test_the_page_tells_all_of_a_case(inquiry: Make, tmp_path: Path, written: Write) -> None:
    text = written(inquiry(), tmp_path).text
    told = [
        "pupil-7b", "tutor-1", "supports", "more than any of 24 innocent models", "+4.20", "0.04",
        "with these controls the smallest possible p is 0.04: this is it", "0.0031", "+2.7 (14.9 to 1)",
        "no more than +2.9 (18.2 to 1)", "None of 24 innocent models reaches the suspect", "24 in 8 families",
        "Taught by tutor-1", "cannot be told apart", "not supported", "asked about", "mute-1", "cannot judge", "0.12",
        "correction over providers", "Function words", "Which little words follow each other.", "beside the score",
        "Too few answers hold code", "3 matches, 2 mismatches", "= match +2.50", "≠ no match −1.50",
        "What is the weight of thing 0?", "as a careful assistant I would rather not guess", "in 0 of 24 controls",
        "in 7 of 24 controls", "4 families", "join at 0.31", "0.27", "p ≤ 0.05", "p ≤ 0.01", "30 %",
        "Ten more control families", "Answers of 2023 only.", "sha256 5d41402a", "What this result does not say",
    ]  # fmt: skip
    assert [word for word in told if word not in text] == []


def test_matches_are_marked_and_mismatches_are_told_apart(inquiry: Make, tmp_path: Path, written: Write) -> None:
    page = written(inquiry(), tmp_path)
    classes = page.values("class")
    assert classes.count("exhibit match") == 3
    assert classes.count("exhibit mismatch") == 2
    # Twice in a match, once in a mismatch, once where the page explains what a mark is.
    assert page.elements.count("mark") == 2 * 3 + 2 + 1
    assert classes.count("control") == 5 * 3 + 1, "three to a prompt, and one in the legend of the tree"
    assert len(page.values("open")) == 2, "the first signal and its first exhibit"


def test_the_page_has_no_script_and_asks_for_nothing(inquiry: Make, tmp_path: Path, written: Write) -> None:
    page = written(poisoned(inquiry()), tmp_path)
    raw = (tmp_path / "case.html").read_text(encoding="utf-8")
    assert not {"script", "iframe", "object", "embed", "link", "base", "form", "img"} & set(page.elements)
    assert page.elements.count("style") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert all(link.startswith("#") for link in page.values("href"))
    assert not page.values("src")
    assert "url(" not in "".join(re.findall(r"<style>(.*?)</style>", raw, re.DOTALL))
    assert all(re.fullmatch(r"(left|width):[\d.]+%", style) for style in page.values("style"))
    assert "\x1b" not in raw
    assert "\u202e" not in raw
    assert "document.title='owned'" in page.text, "the hostile string must be there, as text"
    policy = next(v for v in page.values("content") if "default-src" in v)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert len(raw) < 1_000_000


@pytest.mark.parametrize("hostile", [False, True])
def test_the_page_is_well_formed(inquiry: Make, tmp_path: Path, written: Write, hostile: bool) -> None:
    page = written(poisoned(inquiry()) if hostile else inquiry(), tmp_path)
    assert (page.open, page.strays) == ([], [])
    names = page.values("id")
    assert len(names) == len(set(names))
    assert {link[1:] for link in page.values("href")} <= set(names)
    assert set(page.values("aria-labelledby")) <= set(names)
    levels = [int(name[1]) for name in page.elements if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert page.values("role").count("img") == page.elements.count("figure") == 2
    assert page.elements.count("th") == len(page.values("scope"))


def test_a_bare_case_is_told_without_a_claim(inquiry: Make, tmp_path: Path, written: Write) -> None:
    bare = inquiry(
        verdict="inconclusive", sentence="", score=math.nan, p_value=math.nan, log_lr=math.nan, nearest_rival=None,
        candidates=(), hypotheses=(), clues=(), runs=(), tree=(), tree_members=(), would_change=(), limits=(),
        calibration=replace(inquiry().calibration, innocents=(), power=(), cllr=None, log_lr_cap=None, text=""),
        provenance={},
    )  # fmt: skip
    text = written(bare, tmp_path).text
    told = [
        "No innocent model is on record", "No other candidate was compared", "No signal is on record", "No tree came",
        "No answers came with the case", "not measured: a quiet result then says little", "no cap is on record",
    ]  # fmt: skip
    assert [word for word in told if word not in text] == []
    assert "nan" not in text.replace("provenance", "")


def test_innocents_that_reach_the_suspect_are_named(inquiry: Make, tmp_path: Path, written: Write) -> None:
    text = written(inquiry(score=1.1, p_value=0.12, verdict="inconclusive"), tmp_path).text
    assert "2 of 24 innocent models score as high as the suspect or higher: control-17 (+1.27), control-10" in text
    assert "this is it" not in text


@pytest.mark.parametrize(
    ("verdict", "style"), [("supports", "supports"), ("inconclusive", "inconclusive"), ("speaks against", "against")]
)
def test_each_verdict_has_its_badge(inquiry: Make, tmp_path: Path, written: Write, verdict: str, style: str) -> None:
    page = written(inquiry(verdict=verdict), tmp_path)
    assert f"status {style}" in page.values("class")
    assert verdict in page.text


def test_long_lists_are_cut_and_say_so(inquiry: Make, tmp_path: Path, written: Write) -> None:
    run = inquiry().runs[0]
    text = written(inquiry(runs=tuple(replace(run, controls_with=n) for n in range(75))), tmp_path).text
    assert "in 59 of 24 controls" in text
    assert "in 60 of 24 controls" not in text
    assert "15 more, written by as many controls or more" in text


def test_the_same_case_makes_the_same_page(inquiry: Make, tmp_path: Path) -> None:
    pages = []
    for name in ("a.html", "b.html"):
        write_inquiry(tmp_path / name, inquiry())
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]


def test_a_page_that_cannot_be_written_names_file_and_remedy(inquiry: Make, tmp_path: Path) -> None:
    with pytest.raises(StillwatchError, match=r"case\.html: the report cannot be written .* --out"):
        write_inquiry(tmp_path / "missing" / "case.html", inquiry())


def test_a_case_that_went_through_json_makes_the_same_page(inquiry: Make, tmp_path: Path) -> None:
    write_inquiry(tmp_path / "a.html", inquiry())
    write_inquiry(tmp_path / "b.html", msgspec.json.decode(msgspec.json.encode(inquiry()), type=Inquiry))
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_browser_runs_and_fetches_nothing(inquiry: Make, tmp_path: Path, browse: Callable[[Path], Any]) -> None:
    write_inquiry(tmp_path / "case.html", poisoned(inquiry()))
    seen = browse(tmp_path / "case.html")
    assert "document.title='owned'" in seen.text, "the hostile string must be there, as text"
    assert seen.elements.count("style") == 1


def test_headings_of_sections_are_in_order(inquiry: Make, tmp_path: Path, written: Write) -> None:
    page = written(inquiry(), tmp_path)
    assert [part.removesuffix("-title") for part in page.values("aria-labelledby")] == [
        "verdict", "explanations", "candidates", "signals", "exhibits", "runs", "tree", "ground", "limits",
    ]  # fmt: skip
    raw = (tmp_path / "case.html").read_text(encoding="utf-8")
    levels = [int(level) for level in re.findall(r"<h([1-6])|aria-level=\"(\d)\"", raw) for level in level if level]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
