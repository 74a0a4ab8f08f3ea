"""What an ingest found, in the words of scan.json: which columns, in what share of rows, and who can judge by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from stillwatch.schema import LAKE

__all__ = ["Judge", "reading"]


class Judge(Protocol):
    """What is asked of a signal here."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def needs(self) -> frozenset[str]: ...
    @property
    def minimum_coverage(self) -> float: ...


def reading(summary: Mapping[str, Any], signals: Iterable[Judge], *, tables: Mapping[str, float]) -> dict[str, Any]:
    """An ingest's summary (as plain values) with `read`, `coverage`, `signals` and `quarantined` as a scan has them.

    `tables`: the share of rows that carry each column of the lake's side tables, by `<table>.<column>`.
    """
    held = summary["coverage"]
    shares: Mapping[str, float] = held["columns"]

    def lacks(need: str, least: float) -> bool:
        share = (tables if "." in need else shares).get(need, 0.0)
        return share == 0 or share < least

    judges = []
    for signal in signals:
        missing = sorted(need for need in signal.needs if lacks(need, signal.minimum_coverage))
        judges.append({"code": signal.code, "name": signal.name, "judges": not missing, "missing": missing})
    return {
        **{name: value for name, value in summary.items() if name != "coverage"},
        "read": {"exchanges": held["rows"], "first": held["first"], "last": held["last"]},
        "coverage": [
            {"column": column.name, "share": shares.get(column.name, 0.0), "meaning": column.meaning}
            for column in LAKE.columns
        ],
        "signals": judges,
        "quarantined": {"rows": held["quarantined"], "reasons": held["faults"]},
    }
