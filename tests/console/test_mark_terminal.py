import io
from collections.abc import Callable

from msgspec.structs import replace
from rich.console import Console

from stillwatch.console.mark_terminal import mark_summary
from stillwatch.marks import KeyResult, MarkInquiry

Make = Callable[..., MarkInquiry]


def text_of(case: MarkInquiry, width: int = 110) -> str:
    out = io.StringIO()
    Console(file=out, markup=False, width=width).print(mark_summary(case))
    return out.getvalue()


def folded(case: MarkInquiry) -> str:
    return " ".join(text_of(case).split())


def test_a_case_is_told_on_one_screen(mark: Make) -> None:
    text = text_of(mark())
    assert text.startswith("marked  pupil-7b\n")
    told = [
        "p < 1e-12 after correction", "access closed", "50,000 tokens, 31,204 distinct pairs", "weight anscombe",
        "2026-09-01 to 23 keys holds", "a-0417 in C-7f3a91", "< 1e-12", "6.3e-10", "1 of 1,012",
        "Not shown: 5 more of cohorts, 7 more of accounts. Epoch 2026-Q3.", "1,000 decoys sound", "deviation 0.98",
        "5.1 % at p ≤ .05", "50 % or more of the data", "Spoofed by another: not tested",
        "where text came from, not who bought it", "51,022", "One tokenizer.",
    ]  # fmt: skip
    assert [word for word in told if word not in " ".join(text.split())] == []
    assert text.count("◆") == 2, "two of three accused keys stand beyond the axis, in one place"
    assert "innocence" not in text
    assert len(text.splitlines()) < 45


def test_what_is_wrong_is_loud(mark: Make) -> None:
    case = mark(verdict="abstains")
    assert case.commitment is not None
    case = replace(
        case, decoys=replace(case.decoys, sound=False), commitment=replace(case.commitment, holds=False),
    )  # fmt: skip
    text = folded(case)
    assert "! The decoys are not sound" in text
    assert "NOT SOUND" in text
    assert "DOES NOT HOLD" in text


def test_absence_is_not_innocence(mark: Make) -> None:
    assert "No mark found is no sign of innocence" in folded(mark(verdict="not shown", keys=()))


def test_a_bare_case_is_told_without_a_claim(mark: Make) -> None:
    case = mark()
    text = folded(mark(
        verdict="not shown", sentence="", scheme="", weight="", keys=(), spans=(), growth=(), power=(), rivals=(),
        commitment=None, ledger=(), would_change=(), limits=(), provenance={},
        decoys=replace(case.decoys, count=0, z=()),
    ))  # fmt: skip
    told = ["No key was tested", "No decoys were drawn", "No commitment", "scheme not named"]
    assert [word for word in told if word not in text] == []


def test_thousands_of_keys_stay_on_one_screen_and_every_accused_one_is_told(
    mark: Make, mark_key: Callable[..., KeyResult]
) -> None:
    keys = tuple(mark_key("account", place, accused=place < 9, z=8.0) for place in range(5000))
    text = text_of(mark(keys=keys))
    assert text.count(" *  ") == 9
    assert "4,991 more of accounts" in text
    assert len(text.splitlines()) < 50


def test_nothing_in_a_case_is_obeyed(mark: Make) -> None:
    text = text_of(mark(suspect="\x1b[31m[bold]red[/bold]\u202e", sentence="[link=x]y\x07"))
    assert "[bold]red[/bold]" in text
    assert "[link=x]y" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
