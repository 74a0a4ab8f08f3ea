"""SW125: use outside what was agreed: a contract's countries, a programme's own people. Supporting only."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import Signal

__all__ = ["ContractTerms"]


class ContractTerms(Signal):
    """Share of the exchanges under terms that break them.

    What it looks for:
        Exchanges of organisations whose contract names countries: those from another country break it. Exchanges of
        accounts in a programme (education, research, start-up): those through a reseller break it, and those on behalf
        of end users where the account has twenty or more of them. The rest has no terms and is not counted.
    Why it matters:
        Farmed programme accounts are cheap capacity, and a pool ignores where its host may operate.
    Innocent look-alikes:
        A start-up that has grown, a school's portal that names its pupils, staff on a journey.
    When it is blind:
        No countries in the log; no contract with countries and no programme. It is supporting only: a breach of terms
        is a matter between provider and customer and no evidence of harvesting, so it weighs nothing.
    Example:
        All of 40 education accounts carry requests of hundreds of end users each.
    """

    code = "SW125"
    name = "contract-terms"
    family = "value"
    needs = frozenset({"country"})
    atlas = "AML.T0008.005"
    minimum_trials = 20
    trials_each = 1
    supporting = True
    helpers = ("signal_crowded",)

    def prepare(self, engine: Engine) -> bool:
        """Register the countries that contracts allow; False where no contract and no programme sets terms."""
        rows = engine.fetch(
            "SELECT org_id, allowed_countries FROM contracts WHERE allowed_countries IS NOT NULL ORDER BY org_id"
        ).to_pylist()
        allowed = sorted({(row["org_id"], one) for row in rows for one in row["allowed_countries"] if one is not None})
        columns = zip(*allowed, strict=True) if allowed else ([], [])
        names = ("org_id", "country")
        table = pa.table([pa.array(values, pa.string()) for values in columns], names=names)
        engine.register("signal_allowed", table)
        programmes = engine.scalar("SELECT CAST(count(programme) AS BIGINT) AS n FROM accounts")
        return bool(allowed) or bool(programmes)

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def sentence(self, value: float, base: float) -> str:
        return f"{value:.0%} of exchanges break the terms of a contract or programme; the median with terms: {base:.0%}"
