"""Finds single accounts loud enough to be candidates on their own: campaigns of three accounts share too little."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.engines import Engine
from stillwatch.signals.base import Signal
from stillwatch.signals.evidence import FEWEST_TENANTS, Floats, log_e, ranks
from stillwatch.signals.figures import weighs
from stillwatch.signals.measure import Built, keep_partials, measure, missing

__all__ = ["loud_accounts"]

# Named among an account's codes: signals this far out. Only words, no decision hangs on it.
SHOWN_P_VALUE = 0.01


def loud_accounts(
    engine: Engine, limit: int, *, signals: Sequence[Signal] | None = None, built: Built | None = None
) -> pa.Table:
    """(account_key int64, log_e float64, codes string), most evidence first, at most `limit` rows.

    Uses the signals that prove a kind of harvest and may weigh. Every account is ranked among all others twice: by
    how pure its traffic is (the mean of the signals' e-values of the rate) and by how much it is (the e-value of the
    exchanges beyond a rate that one account in twenty exceeds, at the lower end of what chance allows). log_e is the
    logarithm of the product, so that neither thirty gradings of a hobbyist nor a heavy ordinary customer is loud.

    Kept are accounts with log_e >= ln(accounts) / 3. They are candidates for the full judgement, no verdict: among
    10,000 simulated honest accounts about ten pass. No row where fewer than 51 accounts can be ranked. `built` as for
    `keep_partials`.
    """
    if signals is None:
        from stillwatch.signals import SIGNALS

        signals = SIGNALS
    proving = [signal for signal in signals if signal.lone and signal.kind is not None and weighs(signal)]
    lacking = missing(engine, proving)
    engine.materialise(
        "signal_lone",
        "SELECT CAST(account_key AS VARCHAR) AS unit_id, 'account' AS kind, account_key FROM account_totals",
    )
    keys = np.sort(engine.fetch("SELECT account_key FROM signal_lone").column("account_key").to_numpy())
    p_values: dict[str, Floats] = {}
    volume = np.zeros(len(keys))
    built = {} if built is None else built
    for signal in proving:
        if lacking[signal.code] or not keep_partials(engine, signal, built):
            continue
        measured = measure(engine, signal, "signal_lone")
        rows = np.searchsorted(keys, measured.unit.astype(np.int64))
        rate, exchanges = np.full(len(keys), np.nan), np.zeros(len(keys))
        rate[rows], exchanges[rows] = measured.value, measured.trials / signal.trials_each
        if np.sum(~np.isnan(rate)) > FEWEST_TENANTS:
            p_values[signal.code] = ranks(rate, tail=signal.tail)
            volume = np.maximum(volume, _excess(rate, exchanges))
    return _loudest(keys, p_values, volume, limit)


def _excess(rate: Floats, exchanges: Floats) -> Floats:
    # Exchanges beyond a rate that one account in twenty exceeds, two standard deviations to the safe side; 0 where
    # there is none. Beyond the median rate, every heavy customer would have some.
    hits, ordinary = np.nan_to_num(rate) * exchanges, float(np.nanquantile(rate, 0.95)) * exchanges
    beyond: Floats = np.maximum(hits - ordinary - 2 * np.sqrt(hits + ordinary), 0)
    return beyond


def _loudest(keys: npt.NDArray[np.int64], p_values: dict[str, Floats], volume: Floats, limit: int) -> pa.Table:
    total = np.full(len(keys), -np.inf)
    if p_values:
        e_values = np.exp(log_e(np.vstack(list(p_values.values()))))
        judged = np.sum(~np.isnan(e_values), axis=0)
        pure = np.nansum(e_values, axis=0) / np.maximum(judged, 1)
        total[judged > 0] = (np.log(np.maximum(pure, 1e-9)) + log_e(ranks(volume)))[judged > 0]
    chosen = np.flatnonzero(total >= np.log(max(len(keys), 2)) / 3)
    chosen = chosen[np.lexsort((keys[chosen], -total[chosen]))][: max(limit, 0)]
    codes = [
        ",".join(code for code, p_value in p_values.items() if p_value[account] <= SHOWN_P_VALUE) for account in chosen
    ]
    return pa.table(
        {
            "account_key": pa.array(keys[chosen], pa.int64()),
            "log_e": pa.array(total[chosen], pa.float64()),
            "codes": pa.array(codes, pa.string()),
        }
    )
