"""Scores of models on benchmarks, as a person or a leaderboard wrote them down, on one scale."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadInput
from stillwatch.provenance.rows import Row, as_day, as_number, quoted, read_rows

__all__ = ["CLIP", "Model", "Scores", "logit", "read_scores"]

CLIP = 0.01  # shares nearer to 0 or 1 are taken as this near: a logit knows no end, a benchmark does
_NEEDED = {"model": ("name",), "family": ("provider",), "skill": (), "benchmark": ("task",), "score": ("value",)}
_OPTIONAL = {
    "provider": (), "date": ("day", "released"), "order": ("version_order", "version"), "standard_error": ("se",),
    "ceiling": ("max", "maximum"), "size": ("parameters", "params"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Model:
    """A model and what it scored: benchmark → share of the ceiling, 0 … 1. `unit` is what counts as one (provider)."""

    name: str
    family: str
    unit: str
    day: datetime.date | None
    order: float | None
    size: float | None
    shares: Mapping[str, float]
    errors: Mapping[str, float]  # standard errors of shares, where they are known


@dataclass(frozen=True, slots=True)
class Scores:
    """All models; the skill of each benchmark; and the rows that say nothing, as sentences."""

    models: tuple[Model, ...]
    skill_of: Mapping[str, str]
    set_aside: tuple[str, ...]


def logit(share: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """ln(share / (1 - share)), the share kept between CLIP and 1 - CLIP."""
    kept = np.clip(np.asarray(share, dtype=np.float64), CLIP, 1 - CLIP)
    found: NDArray[np.float64] = np.log(kept / (1 - kept))
    return found


def read_scores(path: Path) -> Scores:
    """One row a model and benchmark: model, family, skill, benchmark, score; optional provider, date or order, ceiling,
    standard_error, size.

    A score is a fraction where the whole benchmark lies in 0 … 1, percent where it goes up to 100, or a part of its
    `ceiling`. Raises BadInput where a benchmark mixes fractions with percent, or a model's rows contradict each other.
    """
    rows = read_rows(path, _NEEDED, _OPTIONAL)
    aside: list[str] = []
    by_benchmark: dict[str, list[tuple[Row, float]]] = defaultdict(list)
    skill_of: dict[str, str] = {}
    for row in rows:
        if not (row["model"] and row["family"] and row["skill"] and row["benchmark"]):
            raise BadInput(f"{row.place}: model, family, skill and benchmark must all be filled in.")
        value = as_number(row["score"])
        if value is None or value < 0:
            aside.append(f"{row.place}: the score {quoted(row['score'])} is no number from 0 up")
            continue
        skill = row["skill"].lower()
        if skill_of.setdefault(row["benchmark"], skill) != skill:
            raise BadInput(f"{row.place}: benchmark {quoted(row['benchmark'])} stands under two skills. Choose one.")
        by_benchmark[row["benchmark"]].append((row, value))
    shares: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    errors: dict[str, dict[str, float]] = defaultdict(dict)
    for benchmark, found in by_benchmark.items():
        for row, share, unit in _shares(benchmark, found):
            shares[row["model"]][benchmark].append(share)
            error = as_number(row["standard_error"])
            if error is not None and error > 0:
                errors[row["model"]][benchmark] = error / unit
    models = _models(rows, shares, errors)
    twice = sum(len(values) > 1 for of in shares.values() for values in of.values())
    if twice:
        aside.insert(0, f"{twice} scores stand more than once; their mean was taken")
    return Scores(models, skill_of, tuple(aside))


def _shares(benchmark: str, found: Sequence[tuple[Row, float]]) -> list[tuple[Row, float, float]]:
    """Each row with its share of the ceiling and the ceiling in the row's own unit."""
    made, plain = [], []
    for row, value in found:
        ceiling = as_number(row["ceiling"]) if row["ceiling"] else None
        if row["ceiling"] and not (ceiling and ceiling > 0):
            raise BadInput(f"{row.place}: the ceiling {quoted(row['ceiling'])} is no number above 0.")
        if ceiling is not None or row["score"].endswith("%"):
            made.append((row, value / (ceiling or 100.0), ceiling or 100.0))
        else:
            plain.append((row, value))
    percent = any(value > 1 for _, value in plain)
    # 0.7 beside 65 may be 0.7 % or a fraction: seventy-fold apart, so nobody may guess.
    odd = next((row for row, value in plain if percent and 0 < value <= 1), None)
    if odd is not None:
        raise BadInput(
            f"{odd.place}: benchmark {quoted(benchmark)} has scores up to 1 and above 1. Write all as fractions, or "
            'all as percent with "%" or a ceiling of 100.'
        )
    unit = 100.0 if percent else 1.0
    made += [(row, value / unit, unit) for row, value in plain]
    over = next((row for row, share, _ in made if share > 1), None)
    if over is not None:
        raise BadInput(f"{over.place}: the score lies above its ceiling. Give the benchmark's own in column ceiling.")
    return made


def _models(
    rows: Sequence[Row], shares: Mapping[str, Mapping[str, Sequence[float]]], errors: Mapping[str, Mapping[str, float]]
) -> tuple[Model, ...]:  # fmt: skip
    first: dict[str, Row] = {}
    for row in rows:
        known = first.setdefault(row["model"], row)
        for column in ("family", "provider", "date", "order", "size"):
            if known[column].casefold() != row[column].casefold():
                there = known.place.rpartition(", ")[2]
                raise BadInput(f"{row.place}: model {quoted(row['model'])} has another {column} than in {there}.")
    made = []
    for name, row in first.items():
        if row["date"] and as_day(row["date"]) is None:
            raise BadInput(f"{row.place}: {quoted(row['date'])} is no day. Write YYYY-MM-DD, or nothing.")
        of = {benchmark: float(np.mean(values)) for benchmark, values in shares.get(name, {}).items()}
        size = as_number(row["size"].lower().removesuffix("b"))
        made.append(
            Model(
                name=name, family=row["family"].casefold(), unit=(row["provider"] or row["family"]).casefold(),
                day=as_day(row["date"]), order=as_number(row["order"]), size=size if size and size > 0 else None,
                shares=of, errors=errors.get(name, {}),
            )
        )  # fmt: skip
    return tuple(made)
