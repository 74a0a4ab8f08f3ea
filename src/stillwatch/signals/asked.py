"""What five signals of asking share: one pass over the log that scores what each account asks for."""

from __future__ import annotations

from typing import ClassVar

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["Asked"]

COUNTED = ("reasoning", "grading", "generation", "strongest", "highest")


class Asked(Signal):
    """A signal over one of the sums of the account query `asked`, each a number of trials and of hits."""

    counted: ClassVar[str]  # one of COUNTED
    helpers = ("signal_repeats", "signal_sweeps")
    crowd = True  # the shared table serves one that ranks an account among all
    whole = True  # costs nothing where everybody is counted, and a score beyond chance grows with the accounts
    partial_sums = tuple(f"{name}_{what}" for name in COUNTED for what in ("trials", "hits"))

    @property
    def table(self) -> str:
        return "signal_asked"

    @property
    def shown(self) -> str:
        return f"{self.counted}_hits"

    @property
    def partials(self) -> str:
        """This signal's trials and hits an account, as a query in brackets."""
        return (
            f"(SELECT account_key, {self.counted}_trials AS trials, {self.counted}_hits AS hits FROM {self.table} "
            f"WHERE {self.counted}_trials > 0)"
        )

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "asked_hits", scored=_scored(exchanges), counted=self.counted)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "asked", scored=_scored(exchanges))

    def again_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "asked_again", scored=_scored(exchanges))

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "unit_rates", units=units, partials=self.partials)


def _scored(exchanges: str) -> str:
    return load_query("stillwatch.signals", "asked_exchanges", exchanges=exchanges)
