"""A check that passes everything proves nothing: each of these broken signals must be refused, with its fault named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stillwatch.signals.base import Signal
from stillwatch.signals.reasoning_elicitation import ReasoningElicitation
from stillwatch.testing import check_portable, check_signal, honest_log, small_world

SCORED = "SELECT account_key, exchange_key, exchange_id, ts_us, CAST(1000 AS BIGINT) AS trials, CAST({hits} AS BIGINT) AS hits FROM {exchanges} WHERE {where}"  # noqa: E501


def scored(hits: str = "asks_reasoning", where: str = "asks_reasoning IS NOT NULL") -> Callable[..., str]:
    return lambda self, exchanges="exchanges": SCORED.format(hits=hits, where=where, exchanges=exchanges)


class Plain(Signal):
    """A working signal with a query of its own and all else as the contract has it."""

    code, name, family, atlas = "SW902", "plain-asking", "content", "AML.T0024.002"
    needs = frozenset({"asks_reasoning"})
    minimum_trials = 20_000
    exchange_sql = scored()

    def sentence(self, value: float, base: float) -> str:
        return f"{value:.0%} against {base:.0%}"


def broken(**attributes: object) -> Plain:
    """That signal with some attributes or methods replaced."""
    kind = type("Broken", (Plain,), {"__doc__": ReasoningElicitation.__doc__, **attributes})
    globals()["Broken"] = kind
    kind.__module__ = __name__
    signal: Plain = kind()
    return signal


def test_an_unbroken_signal_passes() -> None:
    check_signal(broken(exchange_sql=scored()))


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ({"code": "101"}, "a code is SW"),
        ({"name": "Reasoning"}, "words joined by hyphens"),
        ({"family": "text"}, "no family"),
        ({"atlas": "T1234"}, "no ATLAS technique"),
        ({"minimum_trials": 0}, "must be positive"),
        ({"reference": ("everyone",)}, "unknown kind"),
        ({"needs": frozenset({"asks_politely"})}, "which no table has"),
        ({"__doc__": "Reasoning."}, "docstring needs"),
        ({"partial_sums": ("hits",)}, "account_sql gives"),
        ({"minimum_trials": 10**12}, "judges no ordinary log"),
        ({"needs": frozenset({"asks_grading", "asks_reasoning"}), "minimum_coverage": -1.0}, None),
    ],
)
def test_broken_attributes_are_refused(attributes: dict[str, object], fault: str | None) -> None:
    if fault is None:
        check_signal(broken(**attributes))
        return
    with pytest.raises(AssertionError, match=fault):
        check_signal(broken(**attributes))


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        (scored("row_number() OVER (ORDER BY account_key, exchange_key)"), "add up|order of rows"),
        (scored("account_key % 7"), "what accounts are called"),
        (scored("count(*) OVER (PARTITION BY account_key)"), "add up"),
        (scored("1", "account_key IS NOT NULL AND hash(account_key) > 0"), "portable"),
    ],
)
def test_broken_queries_are_refused(query: object, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        check_signal(broken(exchange_sql=query))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT median(a) AS m FROM t",
        "SELECT quantile_cont(a, 0.5) AS m FROM t",
        "SELECT approx_count_distinct(a) AS n FROM t",
        "SELECT count(DISTINCT a) AS n FROM t",
        "SELECT hash(a) AS h FROM t",
        "SELECT random() AS r FROM t",
        "SELECT a // 2 AS h FROM t",
        "SELECT unnest(a) AS b FROM t",
        "SELECT list(a) AS b FROM t GROUP BY c",
        "SELECT * FROM t JOIN u ON t.a = u.a",
        "SELECT t.* FROM t JOIN u ON t.a = u.a",
        "SELECT t.a AS a FROM t JOIN u ON t.a < u.a",
        "SELECT t.a AS a FROM t JOIN u ON t.a = u.a AND t.b <= u.b",
        "SELECT t.a AS a FROM t CROSS JOIN u",
        "SELECT epoch_us(a) AS b FROM t",
    ],
)
def test_what_is_not_portable_is_refused(text: str) -> None:
    with pytest.raises(AssertionError):
        check_portable(text)


def test_what_is_portable_passes() -> None:
    check_portable("SELECT t.a AS a, CAST(count(*) AS BIGINT) AS n FROM t JOIN u ON t.a = u.a GROUP BY t.a ORDER BY a")


def test_the_honest_log_is_the_same_every_time_and_has_its_look_alikes() -> None:
    log = honest_log(accounts=100, days=4)
    assert log.equals(honest_log(accounts=100, days=4))
    assert not log.equals(honest_log(accounts=100, days=4, seed=1))
    with small_world(log, {}) as engine:
        kinds = {row["kind"] for row in engine.fetch("SELECT kind FROM units GROUP BY kind").to_pylist()}
    assert kinds == {"account", "org", "tool"}
