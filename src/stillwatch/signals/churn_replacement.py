"""SW115: after a ban, an account with the same toolkit opens within a day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import BUNDLE_KINDS, Signal

__all__ = ["ChurnReplacement"]

DAY_US = 86_400_000_000


class ChurnReplacement(Signal):
    """Bans that are followed within a day by a new account with the same toolkit, an account of the unit.

    What it looks for:
        Accounts closed by the provider, and accounts of the unit opened in the 24 hours after with the same software
        stack and sampling parameters; bans that had such a newcomer in the 24 hours before are taken off.
    Why it matters:
        A pool refills itself: what is closed is replaced before the day is over, from the same build.
    Innocent look-alikes:
        A customer who was closed by mistake and signs up again, a shop that resells trial accounts.
    When it is blind:
        No account table, no ban inside the log, or replacements with another build. Supporting only: linking counts
        the same thing as the reason LK13, and nothing may count twice.
    Example:
        17 of 18 bans in a group of 600 are followed within hours by an account with the banned one's build.
    """

    code = "SW115"
    name = "churn-replacement"
    family = "load"
    needs = frozenset({"accounts.banned_at", "accounts.created_at", "parameters", "stack"})
    by_day = True
    atlas = "AML.T0021"
    minimum_trials = 20
    minimum_accounts = 4
    minimum_coverage = 0.0  # bans are rare
    trials_each = 1
    reference = BUNDLE_KINDS
    lone = False
    whole = True  # a ban and its replacement are two accounts
    supporting = True
    partial_keys = ("account_key", "stack", "parameters")
    partial_sums = ("exchanges",)

    def prepare(self, engine: Engine) -> bool:
        """Register the banned accounts and those opened within a day of any ban; False when there is no ban."""
        people = engine.fetch("SELECT account_key, created_at, banned_at FROM accounts ORDER BY account_key")
        keys = people.column("account_key").to_numpy()
        created, banned = (_micros(people.column(name)) for name in ("created_at", "banned_at"))
        bans = np.sort(banned[~np.isnan(banned)])
        near = np.searchsorted(bans, created + DAY_US, "right") > np.searchsorted(bans, created - DAY_US, "left")
        kept = (near & ~np.isnan(created)) | ~np.isnan(banned)
        engine.register(
            "signal_turnover",
            pa.table(
                {
                    "account_key": pa.array(keys[kept], pa.int64()),
                    "created_us": pa.array(created[kept], pa.float64(), from_pandas=True).cast(pa.int64()),
                    "banned_us": pa.array(banned[kept], pa.float64(), from_pandas=True).cast(pa.int64()),
                }
            ),
        )
        return len(bans) > 0

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "churn_replacement_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "churn_replacement_units", units=units, partials=self.table)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"{value:.1%} of the accounts were banned and replaced within a day by one with the same toolkit; "
            f"the median: {base:.1%}"
        )


def _micros(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    # Microseconds since 1970 as floats (exact until the year 2255), NaN where not known.
    whole = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).cast(pa.float64(), safe=False)
    micros: np.ndarray[tuple[int], np.dtype[np.float64]] = whole.to_numpy(zero_copy_only=False)
    return micros
