from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.engines import DuckDBEngine
from stillwatch.partials.relations import register_views
from stillwatch.schema import ACCOUNTS
from stillwatch.signals import SIGNALS, missing
from stillwatch.signals.account_synchrony import AccountSynchrony
from stillwatch.signals.even_load import EvenLoad
from stillwatch.signals.logit_sweep import LogitSweep
from stillwatch.signals.measure import Built, coverage, keep_partials, make_helpers, measure
from stillwatch.signals.reasoning_elicitation import ReasoningElicitation
from stillwatch.signals.release_pivot import ReleasePivot
from stillwatch.signals.round_robin import RoundRobin
from stillwatch.signals.rubric_grading import RubricGrading


def test_coverage_is_the_share_of_rows(world: Any) -> None:
    rows = [{"account": 1, "turns": 2}, {"account": 1, "turns": 0}, {"account": 1}, {"account": 1}]
    with world(rows) as engine:
        shares = coverage(engine, ["turns", "skill", "models.released_at", "models.model", "accounts.referral"])
        assert coverage(engine, ["contracts.kind"]) == {"contracts.kind": 0}
    assert shares == {
        "turns": 0.5, "skill": 0, "models.released_at": 1, "models.model": 1, "accounts.referral": 0,
    }  # fmt: skip


def test_an_empty_log_lacks_everything(world: Any) -> None:
    with world([]) as engine:
        lacking = missing(engine, SIGNALS)
    assert set(lacking) == {signal.code for signal in SIGNALS}
    assert lacking["SW104"] == ("prompt_hash", "turns")
    assert lacking["SW108"] == ("hour",)


def test_one_row_in_a_hundred_is_enough_but_not_less(world: Any) -> None:
    rows: list[dict[str, Any]] = [{"account": 1, "asks_reasoning": 5}, *({"account": 1} for _ in range(99))]
    with world(rows) as engine:
        assert missing(engine, [ReasoningElicitation()]) == {"SW101": ()}
    with world([*rows, {"account": 1}]) as engine:
        assert missing(engine, [ReasoningElicitation()]) == {"SW101": ("asks_reasoning",)}


def test_a_rare_parameter_is_carried_once_anybody_sent_it(world: Any) -> None:
    rows = [{"account": 1, "prompt_hash": 1} for _ in range(500)]
    with world([*rows, {"account": 1, "prompt_hash": 1, "logit_bias_hash": 1}]) as engine:
        assert missing(engine, [LogitSweep()]) == {"SW106": ()}
    with world(rows) as engine:
        assert missing(engine, [LogitSweep()]) == {"SW106": ("logit_bias_hash",)}


def test_too_few_trials_or_accounts_have_no_value(world: Any) -> None:
    rows = [{"account": account, "asks_reasoning": 500} for account in (1, 2) for _ in range(10 * account)]
    with world(rows, {"both": [1, 2]}) as engine:
        keep_partials(engine, ReasoningElicitation())
        found = measure(engine, ReasoningElicitation(), "units")
        assert dict(zip(found.unit, found.trials, strict=True)) == {"both": 30_000}
        assert found.value.tolist() == [0.5]
        keep_partials(engine, EvenLoad())
        assert np.isnan(measure(engine, EvenLoad(), "units").value).all()


def test_nothing_to_measure_is_told(world: Any) -> None:
    with world([{"account": 1}], released=False) as engine:
        assert not keep_partials(engine, ReleasePivot())
        assert not keep_partials(engine, ReasoningElicitation())
        assert keep_partials(engine, EvenLoad())


class Counting(DuckDBEngine):
    """An engine that remembers what it kept."""

    def __init__(self) -> None:
        super().__init__(memory="1GB", threads=1)
        self.kept: list[str] = []

    def materialise(self, name: str, sql: str) -> int:
        self.kept.append(name)
        return super().materialise(name, sql)


def test_what_signals_share_is_built_once_a_judging(make_rows: Any) -> None:
    rows = [{"account": account, "prompt_hash": turn, "asks_reasoning": 5} for account in (1, 2) for turn in range(30)]
    with Counting() as engine:
        engine.register("exchanges", make_rows(rows))
        engine.register("accounts", ACCOUNTS.arrow.empty_table().append_column("account_key", pa.array([], pa.int64())))
        register_views(engine)
        built: Built = {}
        for signal in (ReasoningElicitation(), RubricGrading(), AccountSynchrony(), RoundRobin()):
            keep_partials(engine, signal, built)
        assert engine.kept == [
            "signal_repeats",
            "signal_sweeps",
            "signal_asked",
            "signal_strata",
            "signal_account_hours",
        ]
        assert built["signal_account_hours"] == 2
        keep_partials(engine, ReasoningElicitation())
        assert engine.kept[-3:] == ["signal_repeats", "signal_sweeps", "signal_asked"]


def test_what_prompts_that_are_asked_again_count_less_is_added_to_the_sums_of_days(world: Any) -> None:
    """Sums that took every prompt for the only one, and later the prompts that recur: those of the log at once."""
    random = np.random.default_rng(3)
    rows = [
        {
            "account": int(random.integers(0, 6)),
            "at": float(random.random() * 90),
            "prompt_hash": None if random.random() < 0.1 else int(random.integers(0, 300)),
            "asks_reasoning": int(random.integers(0, 1001)),
            "asks_grading": None if random.random() < 0.2 else int(random.integers(0, 1001)),
            "logit_bias_size": 3 if (swept := random.random() < 0.3) else None,
            "logit_bias_hash": int(random.integers(0, 9)) if swept else None,
            "turns": int(random.integers(1, 3)),
            "parameters": int(random.integers(0, 2)),
            "session_id": str(random.integers(0, 60)) if random.random() < 0.5 else None,
        }
        for _ in range(600)
    ]
    signals = [signal for signal in SIGNALS if signal.again_sql()]
    assert {signal.code for signal in signals} == {"SW101", "SW102", "SW103", "SW104", "SW111", "SW132"}
    with world(rows) as engine:
        for signal in signals:
            assert keep_partials(engine, signal)
            direct = engine.fetch(f"SELECT * FROM {signal.table} ORDER BY account_key").to_pylist()
            make_helpers(engine, signal, {}, signal.account_sql())
            none = "SELECT prompt_hash, askings FROM repeated_prompts WHERE askings < 0"
            engine.materialise("signal_repeats", none)
            engine.materialise(f"daily_{signal.table}", signal.account_sql())
            once = engine.fetch(f"SELECT * FROM daily_{signal.table} ORDER BY account_key").to_pylist()
            assert keep_partials(engine, signal, {f"daily_{signal.table}": 6})
            added = engine.fetch(f"SELECT * FROM {signal.table} ORDER BY account_key").to_pylist()
            assert added == direct != once, signal
