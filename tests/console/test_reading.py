from dataclasses import dataclass
from typing import Any

from stillwatch.console.reading import reading
from stillwatch.console.scene import set_scene
from stillwatch.schema import LAKE


@dataclass(frozen=True)
class Signal:
    code: str
    name: str
    needs: frozenset[str]
    minimum_coverage: float = 0.01


def summary(columns: dict[str, float]) -> dict[str, Any]:
    return {
        "new_rows": 3,
        "coverage": {
            "rows": 3,
            "columns": columns,
            "first": "2026-03-01T00:00:00Z",
            "last": None,
            "quarantined": 2,
            "faults": [{"reason": "no timestamp", "rows": 2, "example": "a.jsonl byte 7"}],
        },
    }


def judges(columns: dict[str, float], signal: Signal, tables: dict[str, float] | None = None) -> list[str]:
    facts = reading(summary(columns), [signal], tables=tables or {})
    assert facts["signals"][0]["judges"] == (not facts["signals"][0]["missing"])
    missing: list[str] = facts["signals"][0]["missing"]
    return missing


def test_a_signal_judges_where_enough_rows_carry_all_it_needs() -> None:
    signal = Signal("S1", "one", frozenset({"turns", "skill"}))
    assert judges({"turns": 1.0, "skill": 0.01}, signal) == []
    assert judges({"turns": 1.0, "skill": 0.009}, signal) == ["skill"]
    assert judges({}, signal) == ["skill", "turns"]


def test_a_column_in_no_row_is_missing_whatever_the_least_share() -> None:
    assert judges({"logprobs": 0.0}, Signal("S1", "one", frozenset({"logprobs"}), 0.0)) == ["logprobs"]


def test_columns_of_a_side_table_need_that_table() -> None:
    signal = Signal("S1", "one", frozenset({"models.released_at", "accounts.banned_at"}))
    assert judges({"released_at": 1.0}, signal) == ["accounts.banned_at", "models.released_at"]
    assert judges({}, signal, {"models.released_at": 1.0, "accounts.banned_at": 0.0}) == ["accounts.banned_at"]
    assert judges({}, signal, {"models.released_at": 1.0, "accounts.banned_at": 0.02}) == []


def test_every_column_of_the_lake_is_listed_and_the_report_can_show_it() -> None:
    facts = reading(summary({"turns": 0.5}), [], tables={})
    assert [row["column"] for row in facts["coverage"]] == list(LAKE.names)
    scene = set_scene(facts)
    assert [(row["column"], row["share"]) for row in scene.present] == [("turns", 0.5)]
    assert scene.quarantine[0]["reason"] == "no timestamp"
    assert "coverage" in facts
    assert facts["new_rows"] == 3
