"""When people and machines send: the day in ten-minute windows, fourteen days long, in UTC."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from stillwatch.errors import BadInput
from stillwatch.simulate.places import COUNTRIES

__all__ = ["KINDS", "Clocks"]

WINDOWS = 144  # ten minutes each
WINDOW_US = 600_000_000
DAYS = 14
KINDS = ("personal", "office", "student", "night")
_BUMPS: dict[str, tuple[tuple[float, float, float], ...]] = {  # local hour, width in hours, weight
    "personal": ((10.0, 2.5, 0.6), (15.0, 3.0, 0.7), (21.0, 2.2, 1.0)),
    "office": ((10.0, 1.5, 1.0), (15.0, 2.0, 1.0)),
    "student": ((14.0, 3.0, 0.7), (21.5, 2.5, 1.0)),
    "night": ((0.5, 2.5, 1.0), (20.0, 3.0, 0.6)),
}
_WEEKEND = {"personal": 1.1, "office": 0.2, "student": 0.7, "night": 1.2}


class Clocks:
    """A bank of clocks: how much of a day's load falls on each day of a fortnight and into each window.

    `of(country, kind)` numbers the clocks of people; `flat` runs round the clock, `machine` dips a little at
    night; `traces` are the clocks of real tenants, where a folder of traces was given.
    """

    def __init__(self, first_weekday: int, traces: Path | None = None):
        shapes = [_human(kind, country.offset, first_weekday) for country in COUNTRIES for kind in KINDS]
        flat = np.ones((DAYS, WINDOWS))
        hours = np.arange(WINDOWS) / 6.0
        machine = flat * (1.0 + 0.25 * np.cos((hours - 12.0) / 24.0 * 2 * np.pi))
        real = _read_traces(traces) if traces is not None else np.zeros((0, DAYS, WINDOWS))
        bank = np.concatenate([np.stack([*shapes, flat, machine]), real])
        self.flat = len(shapes)
        self.machine = len(shapes) + 1
        self.traces = np.arange(len(shapes) + 2, len(bank))
        daily = bank.sum(axis=2)
        self.weight: npt.NDArray[np.float64] = daily / daily.mean(axis=1, keepdims=True)
        share = np.where(daily[:, :, None] > 0, bank / np.maximum(daily, 1e-12)[:, :, None], 1.0 / WINDOWS)
        self._cumulative = np.cumsum(share, axis=2)
        self._cumulative /= self._cumulative[:, :, -1:]

    def of(self, country: npt.NDArray[np.int64], kind: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Clock numbers of people by country and index into KINDS."""
        return country * len(KINDS) + kind

    def draw(self, rng: np.random.Generator, clock: npt.NDArray[np.int64], day: int) -> npt.NDArray[np.int64]:
        """Microseconds after midnight UTC at which each clock's owner sends."""
        ladder = self._cumulative[:, day % DAYS] + np.arange(len(self._cumulative))[:, None]
        at = np.searchsorted(ladder.ravel(), clock + rng.random(len(clock)), side="right")
        window = np.minimum(at - clock * WINDOWS, WINDOWS - 1)
        time: npt.NDArray[np.int64] = ((window + rng.random(len(clock))) * WINDOW_US).astype(np.int64)
        return time


def _human(kind: str, offset: int, first_weekday: int) -> npt.NDArray[np.float64]:
    local = (np.arange(WINDOWS) / 6.0 + offset) % 24.0
    shape = np.full(WINDOWS, 0.04)
    for centre, width, weight in _BUMPS[kind]:
        distance = np.abs(local - centre)
        distance = np.minimum(distance, 24.0 - distance)
        shape += weight * np.exp(-0.5 * (distance / width) ** 2)
    weekend = np.array([_WEEKEND[kind] if (first_weekday + day) % 7 >= 5 else 1.0 for day in range(DAYS)])
    result: npt.NDArray[np.float64] = weekend[:, None] * shape[None, :]
    return result


def _read_traces(folder: Path) -> npt.NDArray[np.float64]:
    """Rates of real tenants by ten-minute window: the files with columns model, client, t_s and rate."""
    for path in sorted(folder.glob("*.parquet")):
        if {"model", "client", "t_s", "rate"} <= set(pq.read_schema(path).names):
            break
    else:
        return np.zeros((0, DAYS, WINDOWS))
    try:
        table = pq.read_table(path, columns=["model", "client", "t_s", "rate"]).combine_chunks()
        model = table.column("model").combine_chunks().dictionary_encode().indices.to_numpy()
        client = table.column("client").to_numpy().astype(np.int64)
        window = table.column("t_s").to_numpy().astype(np.int64) // 600
        rate = table.column("rate").to_numpy().astype(np.float64)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path} cannot be read as a table of tenants' rates: {error}. Leave it out or mend it."
        ) from None
    tenant = np.unique(model.astype(np.int64) * 1_000_000 + client, return_inverse=True)[1]
    bank = np.zeros((int(tenant.max(initial=-1)) + 1, DAYS * WINDOWS))
    known = (window >= 0) & (window < DAYS * WINDOWS) & np.isfinite(rate)
    np.add.at(bank, (tenant[known], window[known]), np.maximum(rate[known], 0.0))
    busy: npt.NDArray[np.float64] = bank[bank.sum(axis=1) > 0].reshape(-1, DAYS, WINDOWS)
    return busy
