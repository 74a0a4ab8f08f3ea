"""`watermark radioactivity --forecast`: what a test would show and cost, before anything is asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from stillwatch.cli.showing import plain, print_json, say
from stillwatch.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.provenance.watermark.radioactivity.outlook import Budget, Outlook
    from stillwatch.provenance.watermark.radioactivity.vocabulary import Vocabulary
    from stillwatch.provenance.watermark.schemes import Scheme

__all__ = ["make_outlook", "show_outlook"]


def make_outlook(
    reference: Path, contexts: Path | None, vocabulary: Vocabulary | None, scheme: Scheme, *, level: float, keys: int,
    tokens: int | None, price: tuple[float, float] | None, prompts: Path | None, max_tokens: int,
    progress: Callable[[str, float], None] | None = None,
) -> Outlook:  # fmt: skip
    """The forecast from the reference alone; `keys` as `forecast.tries` counts them, `tokens` a budget of one's own."""
    from stillwatch.provenance import probing
    from stillwatch.provenance.watermark.radioactivity.forecast import BUDGETS
    from stillwatch.provenance.watermark.radioactivity.outlook import measure, outlook

    if not 0 < level < 1:
        raise BadSettings(f"--level {level:g}: is a probability between 0 and 1, such as 1e-6.")
    asked = None
    if prompts is not None:
        probes = probing.read_set(str(prompts)).probes
        # Four bytes a token: a fair guess, made without the suspect's tokenizer.
        asked = sum(len(one.prompt.encode()) / 4 for one in probes) / max(1, len(probes))
    if progress is not None:
        progress("reading with the reference", 0.3)
    measured = measure(reference, contexts, vocabulary, scheme)
    return outlook(
        measured, scheme, level, keys=keys, budgets=BUDGETS if tokens is None else (*BUDGETS, tokens), price=price,
        prompt=asked, most=max_tokens,
    )  # fmt: skip


def show_outlook(made: Outlook, *, as_json: bool) -> None:
    if as_json:
        print_json({"kind": "forecast", **plain(made)})
        return
    from stillwatch.console import figures, terminal

    say(
        f"Forecast, nothing was asked: {made.scheme}, closed access, level {_level(made.level)} after correction for "
        f"{_keys(made.keys)}, from {made.read:,} tokens read with {made.reference}."
    )
    for one in made.budgets:
        say(_sentence(made, one))
    shares = sorted({point.share for point in made.power})
    chance = {(point.tokens, point.share): point.power for point in made.power}
    priced = any(one.cost is not None for one in made.budgets)
    rows = [
        (f"{one.tokens:,}", f"{one.questions:,}", *([figures.dollars(one.cost)] if priced else []),
         *(_chance(chance[one.tokens, share]) for share in shares))
        for one in made.budgets
    ]  # fmt: skip
    headings = ("tokens>", "questions>", *(["cost>"] if priced else []), *(f"{figures.percent(s)}>" for s in shares))
    terminal.console().print(terminal.listing(headings, rows, "Chance, by share of the suspect's data that was yours"))
    for text in (*sorted({f"{one.tokens:,} tokens: {one.text}" for one in made.budgets if one.text}), *made.stands_on):
        say(f"- {text}")


def _sentence(made: Outlook, one: Budget) -> str:
    from stillwatch.console import figures
    from stillwatch.provenance.watermark.radioactivity.outlook import CHANCE

    reached = f"With {one.tokens:,} tokens p < {_level(made.level)}"
    if one.least_share is not None:
        share = figures.percent(one.least_share)
        return f"{reached} is reached with {CHANCE * 100:.0f} % chance if at least {share} of the data was yours."
    most = max(point.power for point in made.power if point.tokens == one.tokens)
    return f"{reached} is out of sure reach: even if all of the data was yours, the chance is {_chance(most)}."


def _keys(count: int) -> str:
    return "one key" if count == 1 else f"{count:,} keys"


def _level(level: float) -> str:
    exponent = round(math.log10(level))
    return f"1e{exponent}" if math.isclose(level, 10.0**exponent, rel_tol=1e-9) and exponent < -2 else f"{level:g}"


def _chance(value: float) -> str:
    """Whole percents; a forecast is never sure, either way."""
    return "< 1 %" if value < 0.01 else "> 99 %" if value > 0.99 else f"{value * 100:.0f} %"
