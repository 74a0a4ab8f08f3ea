"""SW109: far more is taken out in answers than is paid for questions, day after day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import Signal

__all__ = ["AnswersForMoney"]


class AnswersForMoney(Signal):
    """What a unit's answers are worth beyond its questions, against accounts of the same plan on the same days.

    What it looks for:
        Output tokens at their price less input tokens at theirs (never below 0), summed a day and divided by the
        mean of the accounts of the same plan that were active that day. A token with k alternatives counts 1 + k
        times. Where no price is known, tokens count alike.
    Why it matters:
        A collector pays for answers, and short questions make them cheap. Agents and readers of long documents pay
        mostly for input.
    Innocent look-alikes:
        Writers' tools, translation, code generation, any heavy user: this signal alone says little.
    When it is blind:
        Token counts are missing, or the operation keeps every account at an ordinary volume.
    Example:
        Each account takes 4.2 times the answers of the ordinary paid account, every day.
    """

    code = "SW109"
    name = "answers-for-money"
    family = "value"
    needs = frozenset({"input_tokens", "output_tokens"})
    atlas = "AML.T0048.004"
    minimum_trials = 1
    by_day = True
    crowd = True
    trials_each = 1
    unit = "ordinary account's worth of answers"

    def prepare(self, engine: Engine) -> bool:
        """Register whole-number prices (1/1000 dollar a million tokens) for every model that the log names."""
        used = engine.fetch(
            "SELECT coalesce(model, '') AS model FROM account_days GROUP BY coalesce(model, '') ORDER BY model"
        )
        listed = engine.fetch("SELECT model, input_price, output_price FROM models ORDER BY model").to_pylist()
        known = {
            row["model"]: (row["input_price"], row["output_price"])
            for row in listed
            if _is_price(row["input_price"]) and _is_price(row["output_price"])
        }
        # A model without a price is worth what the median priced model is worth.
        ordinary = tuple(np.median(list(known.values()), axis=0)) if known else (1.0, 1.0)
        names = used.column("model").to_pylist()
        prices = np.array([known.get(name, ordinary) for name in names], dtype=float).reshape(-1, 2)
        whole = np.rint(prices * 1000).astype(np.int64)
        engine.register(
            "signal_prices",
            pa.table({"model": used.column("model"), "input_price": whole[:, 0], "output_price": whole[:, 1]}),
        )
        return True

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "answers_for_money_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, scored=self.exchange_sql(exchanges))

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Takes {value:.1f} times the answers, net of questions, of the ordinary account of its plan on the same "
            f"days; the median tenant: {base:.2f} times"
        )


def _is_price(price: float | None) -> bool:
    # Prices above 1000 dollars a million tokens, below nothing or not a number are typing mistakes, not prices.
    return price is not None and 0 <= price <= 1000
