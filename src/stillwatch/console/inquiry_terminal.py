"""The same case in a terminal, on one screen: verdict, error rates, innocents on a line, candidates, signals."""

from __future__ import annotations

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from stillwatch.console import figures
from stillwatch.console.inquiry_view import cleaned, clue_views, ranked, strip
from stillwatch.console.terminal import listing
from stillwatch.inquiry import Inquiry

__all__ = ["inquiry_summary"]

_WIDTH = 60
_HEIGHTS = "▁▂▃▄▅▆▇█"
_STYLES = {"supports": "bold red", "inconclusive": "yellow", "speaks against": "cyan"}
_STANDINGS = {"supported": "bold", "possible": "", "not supported": "dim", "cannot be told apart": "yellow"}


def inquiry_summary(inquiry: Inquiry) -> RenderableType:
    """What `write_inquiry` tells at length, in some thirty lines. Obeys no markup and no control sequence of a case."""
    bare = tuple(msgspec.structs.replace(clue, exhibits=()) for clue in inquiry.clues)  # answers are not shown here
    case = cleaned(msgspec.structs.replace(inquiry, clues=bare))
    calibration = case.calibration
    asked = ("  ", (case.suspect, "bold"), " taught by ", (case.teacher, "bold"), "?")
    parts: list[RenderableType] = [
        Text.assemble((case.verdict, _STYLES.get(case.verdict, "")), *asked),
        Text(case.sentence),
        Text(),
        _line(case),
        Text(
            f"p {figures.odds(case.p_value)} (with these controls the smallest possible p is "
            f"{figures.odds(calibration.floor)}); by a fitted tail, parametric: {figures.odds(case.p_parametric)}"
        ),
        Text(f"ln likelihood ratio {figures.bits(case.log_lr)}, at most {figures.bits(calibration.log_lr_cap)}")
        if calibration.log_lr_cap is not None
        else Text(f"ln likelihood ratio {figures.bits(case.log_lr)}"),
        Text(
            f"{figures.count(case.prompts)} prompts, {figures.count(calibration.control_models)} control models in "
            f"{figures.count(calibration.control_families)} families; the family is the unit",
            "dim",
        ),
        Text(),
    ]
    for one in case.hypotheses:
        standing = (one.standing, _STANDINGS.get(one.standing, ""))
        parts.append(Text.assemble((one.name, "bold"), ": ", standing, ". ", (one.text, "dim")))
    if case.candidates:
        rows = [
            (one.teacher + (" *" if one.asked else ""), one.provider, figures.number(one.score),
             figures.odds(one.p_value), figures.odds(one.p_adjusted))
            for one in ranked(case.candidates)
        ]  # fmt: skip
        headings = ("teacher (* asked about)", "provider", "score>", "p>", "p, Holm>")
        parts += [Text(), listing(headings, rows, "Candidates")]
    views = clue_views(case.clues)[1]
    judged = [view.clue for view in views if view.at is not None]
    if judged:
        cells = [
            (clue.title + ("" if clue.counted else " (beside the score)"), figures.number(clue.score),
             figures.odds(clue.p_value), figures.odds(clue.p_adjusted))
            for clue in judged
        ]  # fmt: skip
        parts += [Text(), listing(("signal", "score>", "p>", "p, Holm>"), cells, "Signals")]
    parts += [Text(f"{view.clue.title} (cannot judge): {view.clue.text}", "dim") for view in views if view.at is None]
    return Group(*parts)


def _line(case: Inquiry) -> Text:
    """Innocents as a histogram of one line, the suspect as a diamond on it."""
    drawn = strip(case)
    if not drawn.rows:
        return Text("No innocent model is on record.", "yellow")
    numbers = [0] * _WIDTH
    for row in drawn.rows:
        for dot in row.dots:
            numbers[_cell(dot.at)] += 1
    most = max(1, *numbers)
    line = Text("innocents ", "dim")
    here = None if drawn.suspect is None else _cell(drawn.suspect)
    for place, number in enumerate(numbers):
        if place == here:
            line.append("◆", "bold red")
        else:
            line.append(_HEIGHTS[(len(_HEIGHTS) - 1) * number // most] if number else "·", "" if number else "dim")
    reached, every = len(drawn.reaching), len(case.calibration.innocents)
    return line.append(f"  ◆ {figures.number(case.score)}; {reached} of {every} innocents reach it")


def _cell(at: float) -> int:
    return min(_WIDTH - 1, int(at / 100 * _WIDTH))
