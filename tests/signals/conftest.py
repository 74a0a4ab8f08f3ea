"""Small logs for the tests of the signals: hand-made rows, and cases kept as JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Judgement
from stillwatch.schema import LAKE
from stillwatch.signals import Signal, judge_all
from stillwatch.signals.asked import Asked
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import START, honest_log, small_world

CASES = Path(__file__).parent / "cases"
FIRST_US = int(START.timestamp() * 1e6)
HOUR_US = 3_600_000_000
NAMES = frozenset(LAKE.names)


def lake_rows(rows: list[dict[str, Any]]) -> pa.Table:
    """Lake rows from dicts; `account` (a number) and `at` (hours after START) stand for the keys and the times."""
    full = [
        {
            "ts_us": FIRST_US + int(row.get("at", 0) * HOUR_US),
            "hour": (FIRST_US + int(row.get("at", 0) * HOUR_US)) // HOUR_US,
            "account_key": row["account"],
            "account_id": f"member-{row['account']}",
            "exchange_key": 10**9 + place,
            "exchange_id": f"made-{place}",
            "model": "old",
        }
        | {name: value for name, value in row.items() if name in NAMES}
        for place, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(full, schema=LAKE.arrow)


def expand(line: dict[str, Any], first_account: int, counter: int) -> list[dict[str, Any]]:
    """The rows that a case's line stands for: `each` a day over `days` for each of `accounts`.

    A column is a value for all, {"cycle": [...]}, {"distinct": n}: n different numbers, or no two alike for null, or
    {"from": n}: n, n + 1, ..., or {"own": n}: another multiple of n for each account. The turns of a day lie within
    its first `span` hours. `first` starts with an earlier account, `after` comes so many hours later, and `stagger`
    makes each account that much later than the one before, within the same span. `people` draws the times of day as
    the accounts of `honest_log` do, instead.
    """
    rows = []
    first_account = line.get("first", first_account)
    span, stagger = line.get("span", 24), line.get("stagger", 0)
    random = np.random.default_rng(0)
    for account in range(line["accounts"]):
        for day in range(line["days"]):
            for turn in range(line["each"]):
                place = counter + len(rows)
                within = (span * turn / line["each"] + account * stagger) % span
                row: dict[str, Any] = {
                    "account": 10**12 + first_account + account,
                    "at": 24 * day + line.get("after", 0) + (24 * random.beta(3, 3) if line.get("people") else within),
                }
                for name, value in line["columns"].items():
                    if isinstance(value, dict) and "cycle" in value:
                        row[name] = value["cycle"][place % len(value["cycle"])]
                    elif isinstance(value, dict) and "own" in value:
                        row[name] = value["own"] * (1 + first_account + account)
                    elif isinstance(value, dict) and "from" in value:
                        row[name] = value["from"] + len(rows)
                    elif isinstance(value, dict):
                        row[name] = 50_000_000 + place if value["distinct"] is None else place % value["distinct"]
                    else:
                        row[name] = value
                rows.append(row)
    return rows


@pytest.fixture(scope="session")
def honest() -> pa.Table:
    return honest_log()


@pytest.fixture
def judge_case(honest: pa.Table) -> Callable[[Signal, str], tuple[str, Judgement]]:
    """The expected verdict of a case file and the judgement of its accounts among ordinary customers."""

    def judge(signal: Signal, name: str) -> tuple[str, Judgement]:
        head, *lines = map(json.loads, (CASES / signal.name / f"{name}.jsonl").read_text().splitlines())
        rows: list[dict[str, Any]] = []
        people: dict[int, dict[str, Any]] = {}
        for line in lines:
            more = expand(line, len({row["account"] for row in rows}), len(rows))
            person = {"banned_at": None} if "person" in line else {}
            facts = line.get("person", {}).items()
            person |= {name: START + timedelta(hours=at) if isinstance(at, (int, float)) else at for name, at in facts}
            people |= {row["account"]: person for row in more}
            rows += more
        log = pa.concat_tables([honest, lake_rows(rows)])
        for column in head.get("drop", ()):
            place = log.schema.get_field_index(column)
            log = log.set_column(place, column, pa.nulls(log.num_rows, LAKE[column].type))
        members = sorted({row["account"] for row in rows})
        with small_world(log, {"g": members}, released=head.get("released", True), people=people) as engine:
            return head["expect"], judge_all(engine, ["g"], signals=[signal])[0]

    return judge


@pytest.fixture(scope="session")
def make_rows() -> Callable[[list[dict[str, Any]]], pa.Table]:
    return lake_rows


@pytest.fixture
def verdict() -> Callable[[Judgement], str]:
    """What a judgement amounts to on its own, at one honest tenant in twenty."""

    def name(judgement: Judgement) -> str:
        if judgement.weight is None:
            assert judgement.value is None
            assert judgement.p_value is None
            assert judgement.text.startswith("Cannot judge: ")
            return "blind"
        assert judgement.p_value is not None
        return "fires" if judgement.p_value <= 0.05 else "quiet"

    return name


@pytest.fixture
def world() -> Callable[..., AbstractContextManager[DuckDBEngine]]:
    """An engine over hand-made rows: world(rows, members={group: [accounts]})."""

    @contextmanager
    def make(
        rows: list[dict[str, Any]], members: dict[str, list[int]] | None = None, **options: Any
    ) -> Iterator[DuckDBEngine]:
        with small_world(lake_rows(rows), members or {}, **options) as engine:
            yield engine

    return make


@pytest.fixture
def partials(world: Any) -> Callable[[Signal, list[dict[str, Any]]], dict[int, dict[str, int]]]:
    """The account partials of a signal over hand-made rows, by account (for signals with one row an account)."""

    def run(signal: Signal, rows: list[dict[str, Any]]) -> dict[int, dict[str, int]]:
        with world(rows) as engine:
            keep_partials(engine, signal)
            kept = f"{signal.partials} AS own" if isinstance(signal, Asked) else signal.table
            return {row.pop("account_key"): row for row in engine.fetch(f"SELECT * FROM {kept}").to_pylist()}

    return run


@pytest.fixture
def group_value(world: Any) -> Callable[..., float | None]:
    """The value of a signal on the group of `members` over hand-made rows: group_value(signal, rows, members)."""

    def value(signal: Signal, rows: list[dict[str, Any]], members: list[int], **options: Any) -> float | None:
        with world(rows, {"g": members}, **options) as engine:
            assert keep_partials(engine, signal)
            found = engine.fetch(signal.unit_sql("units")).to_pylist()
        group = [row for row in found if row["kind"] == "group"]
        assert len(group) == 1
        return None if group[0]["value"] is None else float(group[0]["value"])

    return value
