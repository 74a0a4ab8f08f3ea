"""What the forecast said of each student before anything was asked of it, to be held against what was found."""

from __future__ import annotations

from typing import Any

from stillwatch.bench.marks.plan import DATA_SETS, STUDENTS
from stillwatch.bench.marks.summary import AT
from stillwatch.bench.marks.world import World, texts_of
from stillwatch.provenance.watermark.radioactivity.expected import closed_evidence
from stillwatch.provenance.watermark.radioactivity.forecast import Rates, forecast, least_share, rates_of
from stillwatch.provenance.watermark.radioactivity.language_model import read_language_model

__all__ = ["LEVEL", "forecast_case"]

LEVEL = 1e-6

READ = 100_000
"""Tokens of the teacher's unmarked answers that its rates are measured on, as the command does."""

Figures = dict[str, Any]


def forecast_case(world: World) -> Figures:
    """By student with one buyer: the median log10 p forecast at `AT` tokens and the chance of `LEVEL`; and the least
    share of the data that brings it in nine cases of ten (None: not even all of it)."""
    found = {}
    known: dict[str, Rates] = {}
    for student in STUDENTS:
        data = next(one for one in DATA_SETS if one.name == student.data)
        if data.holders != 1:
            continue
        if data.name not in known:
            known[data.name] = _rates(world, data.scheme.width)
        rates = known[data.name]
        (point,) = forecast(rates, data.scheme, LEVEL, budgets=(AT,), shares=(student.share,))
        found[student.name] = {
            "share": student.share,
            "log10_p": point.log10_p,
            "chance": point.power,
            "least_share": least_share(rates, data.scheme, LEVEL, AT),
        }
    return found


def _rates(world: World, width: int) -> Rates:
    texts = texts_of(world.data("plain")).first(READ)
    return rates_of(closed_evidence(texts, read_language_model(world.model_folder("teacher")), width))
