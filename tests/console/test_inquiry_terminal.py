import io
import math
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from rich.console import Console

from stillwatch.console.inquiry_terminal import inquiry_summary
from stillwatch.inquiry import Inquiry

Make = Callable[..., Inquiry]
BAD = "[red]no[/red] \x1b[31m:boom: \u202eevil\x07"


def shown(case: Inquiry, width: int = 120) -> str:
    screen = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False)
    screen.print(inquiry_summary(case))
    return screen.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_the_summary_tells_verdict_floor_candidates_and_signals(inquiry: Make) -> None:
    text = shown(inquiry())
    told = [
        "supports", "pupil-7b", "more than any of 24 innocent models", "smallest possible p is 0.04", "0.0031",
        "+2.7 (14.9 to 1), at most +2.9", "24 control models in 8 families", "0 of 24 innocents reach it",
        "Taught by tutor-1: supported", "cannot be told apart", "tutor-1 *", "0.12", "Function words", "+3.90",
        "Refusal sentences (beside the score)", "Comments in code (cannot judge): Too few answers",
    ]  # fmt: skip
    assert [word for word in told if word not in text] == []
    assert len(text.splitlines()) < 40


def test_the_diamond_stands_right_of_innocents_that_it_beats(inquiry: Make) -> None:
    line = next(line for line in shown(inquiry()).splitlines() if line.startswith("innocents"))
    assert line.index("◆") > max(line.rindex(sign) for sign in "▃▄▅▆▇█" if sign in line)
    below = next(line for line in shown(inquiry(score=-3.0)).splitlines() if line.startswith("innocents"))
    assert below.index("◆") < min(below.index(sign) for sign in "▃▄▅▆▇█" if sign in below)
    assert "24 of 24 innocents reach it" in shown(inquiry(score=-3.0))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_string_of_a_case_steers_the_terminal(inquiry: Make, width: int) -> None:
    case = inquiry()
    hostile = inquiry(
        suspect=BAD, teacher=BAD, sentence=BAD,
        hypotheses=tuple(replace(one, name=BAD, text=BAD) for one in case.hypotheses),
        candidates=tuple(replace(one, teacher=BAD, provider=BAD) for one in case.candidates),
        clues=tuple(replace(one, title=BAD, text=BAD) for one in case.clues),
    )  # fmt: skip
    text = shown(hostile, width)
    assert not {"\x1b", "\u202e", "\x07"} & set(text)
    assert "[red]" in text


def test_a_case_without_innocents_or_figures_says_so(inquiry: Make) -> None:
    bare = inquiry(
        score=math.nan, p_value=math.nan, log_lr=math.nan, candidates=(), clues=(), hypotheses=(),
        calibration=replace(inquiry().calibration, innocents=(), log_lr_cap=None),
    )  # fmt: skip
    text = shown(bare)
    assert "No innocent model is on record." in text
    assert "cannot judge" in text
    assert "nan" not in text
