import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from stillwatch.console.marks import write_mark_report
from stillwatch.errors import StillwatchError
from stillwatch.marks import KeyResult, MarkInquiry

Make = Callable[..., MarkInquiry]
Parse = Callable[[str], Any]
Write = Callable[[MarkInquiry, Path], Any]
POISON = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "<svg onload=alert(1)>'\"></style><style>@import url(http://evil.example/y.css)</style>"
    "<a href='javascript:alert(1)'>{{7*7}}</details></mark>\x1b[31m\u202e"
)
CHOSEN = {"kind", "access", "verdict", "level", "standing"}


def poisoned(value: Any) -> Any:
    """The same case with hostile text in every string that is not one of a few words."""
    if isinstance(value, str):
        return POISON
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return type(value)(**{name: one if name in CHOSEN else poisoned(one) for name, one in fields.items()})
    if isinstance(value, tuple):
        return tuple(poisoned(inner) for inner in value)
    return {POISON: POISON} if isinstance(value, dict) else value


def bare(case: MarkInquiry) -> MarkInquiry:
    """All that may be missing, missing."""
    empty = replace(case.decoys, count=0, z=(), deviation=math.nan, lowest_log10_p=math.nan, text="")
    return replace(
        case, verdict="not shown", sentence="", scheme="", weight="", tokens=0, pairs=0, keys=(), spans=(), growth=(),
        power=(), rivals=(), commitment=None, ledger=(), would_change=(), limits=(), provenance={}, decoys=empty,
        dominance=math.nan, level=0.0,
    )  # fmt: skip


@pytest.fixture
def written(parse_page: Parse) -> Write:
    def write(case: MarkInquiry, folder: Path) -> Any:
        return parse_page(write_mark_report(case, folder).read_text(encoding="utf-8"))

    return write


def test_the_page_tells_all_of_a_case_in_a_hostile_readers_order(mark: Make, tmp_path: Path, written: Write) -> None:
    page = written(mark(), tmp_path / "case")
    told = [
        "pupil-7b trained on our marked answers?", "marked", "p < 1e-12 after correction over 23 keys", "p ≤ 1e-6",
        "closed", "answers that the model gave were read", "kgw .25/2, width 1", "31,204 distinct pairs",
        "What was tested is what was committed to on 2026-09-01: 23 keys", "5d41402abc4b2a765d41402a",
        "1 of 10 keys accused", "1 of 12 keys accused", "1 not judged", "account a-0417 in cohort C-7f3a91",
        "< 1e-12", "6.3e-10", "1e-7", "1 of 1,012", "no text of that epoch", "cannot judge",
        "They score as chance says they should", "never gets worse with more text",
        "With the 50,000 tokens read, p < 1e-6 is reached nine times in ten if 50 % or more of the data was yours.",
        "answer-17", "120 – 410", "as it was written there", "Spoofed by another", "not tested", "ruled out",
        "A hit proves where text came from, not who bought it.", "51,022", "Absence means nothing", "paraphrase",
        "One tokenizer.", "Four times as many tokens", "sha256 5d41402a",
    ]  # fmt: skip
    assert [word for word in told if word not in page.text] == []
    assert [part.removesuffix("-title") for part in page.values("aria-labelledby")] == [
        "verdict", "keys", "decoys", "growth", "power", "spans", "rivals", "absence", "provenance",
    ]  # fmt: skip
    assert page.values("class").count("accused") == 3
    assert "alarm" not in page.values("class")


@pytest.mark.parametrize(
    ("kind", "access", "change"),
    [("text", "text", "bare"), ("radioactivity", "closed", "poisoned"), ("trace", "open", "many")],
)
def test_every_kind_makes_a_page_that_is_well_formed_and_asks_for_nothing(
    mark: Make, mark_key: Callable[..., KeyResult], tmp_path: Path, written: Write, kind: str, access: str, change: str
) -> None:
    case = mark(kind=kind, access=access)
    if change == "poisoned":
        case = poisoned(case)
    elif change == "bare":
        case = bare(case)
    elif change == "many":
        case = replace(case, keys=tuple(mark_key("account", n, accused=n % 700 == 3) for n in range(5000)))
    page = written(case, tmp_path)
    raw = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (page.open, page.strays) == ([], [])
    names = page.values("id")
    assert len(names) == len(set(names))
    assert {link[1:] for link in page.values("href")} <= set(names)
    assert not {"script", "iframe", "object", "embed", "link", "base", "form", "img", "image"} & set(page.elements)
    assert page.elements.count("style") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not page.values("src")
    assert "url(" not in "".join(re.findall(r"<style>(.*?)</style>", raw, re.DOTALL))
    assert "\x1b" not in raw
    assert "\u202e" not in raw
    assert re.search(r"\bnan\b", page.text) is None
    assert len(raw) < 250_000
    policy = next(value for value in page.values("content") if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    if change == "poisoned":
        assert "document.title='owned'" in page.text, "the hostile string must be there, as text"
    if change == "many":
        assert "20 of 5,000, 4,980 lower ones not shown" in page.text
        assert "Our 4,992 keys that are not accused" in page.text


@pytest.mark.parametrize(("verdict", "style"), [("marked", "alert"), ("not shown", "quiet"), ("abstains", "review")])
def test_each_verdict_has_its_badge(mark: Make, tmp_path: Path, written: Write, verdict: str, style: str) -> None:
    page = written(replace(bare(mark()), verdict=verdict), tmp_path)
    assert page.values("class").count(f"status {style}") == 1
    assert page.values("class").count(f"campaign {style}") == 1
    assert verdict in page.text


def test_abstention_and_a_broken_commitment_are_loud(mark: Make, tmp_path: Path, written: Write) -> None:
    case = mark(verdict="abstains")
    assert case.commitment is not None
    page = written(
        replace(
            case, decoys=replace(case.decoys, sound=False, text="14 % of decoys at .05."),
            commitment=replace(case.commitment, holds=False),
            growth=(), power=(), keys=case.keys[:3],
        ),
        tmp_path,
    )  # fmt: skip
    assert page.values("class").count("alarm") == 1
    for word in (
        "Accuse nobody on this",
        "nobody may be accused",
        "14 % of decoys at .05.",
        "is not what was committed to",
    ):
        assert word in page.text


def test_a_bare_case_is_told_without_a_claim(mark: Make, tmp_path: Path, written: Write) -> None:
    text = written(bare(mark()), tmp_path).text
    told = [
        "The case holds no sentence", "None was checked", "no key tried", "No key was tried", "No decoys were drawn",
        "No other explanation was looked into", "No ledger was joined", "No versions, hashes or seeds",
    ]  # fmt: skip
    assert [word for word in told if word not in text] == []


def test_the_case_lies_beside_the_page_with_full_precision(mark: Make, tmp_path: Path) -> None:
    path = write_mark_report(mark(), tmp_path / "new" / "case")
    assert path == tmp_path / "new" / "case" / "report.html"
    read = msgspec.json.decode((path.parent / "mark.json").read_bytes(), type=MarkInquiry)
    assert read == mark()


def test_a_folder_that_cannot_be_made_is_named_with_the_remedy(mark: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StillwatchError, match=r"file/case: cannot be made .* --out"):
        write_mark_report(mark(), tmp_path / "file" / "case")


def test_a_browser_runs_and_fetches_nothing(mark: Make, tmp_path: Path, browse: Callable[[Path], Any]) -> None:
    seen = browse(write_mark_report(poisoned(mark()), tmp_path))
    assert "document.title='owned'" in seen.text, "the hostile string must be there, as text"
