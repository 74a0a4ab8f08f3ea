"""A world as a provider has it: a lake that grows, cut at any time, with the account table as it stood then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.bench.cases import Case
from stillwatch.config import Settings
from stillwatch.engines import Engine
from stillwatch.ingest import ingest
from stillwatch.links import Linking
from stillwatch.outcome import Scan
from stillwatch.pipeline import scan
from stillwatch.simulate import World, simulate

__all__ = ["Log", "make_log"]

HOUR_US = 3_600_000_000
FOREVER = np.iinfo(np.int64).max


@dataclass
class Log:
    """A world and the lake that holds its exchanges up to the last cut."""

    world: World
    folder: Path
    settings: Settings
    until_us: int = 0

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def advance(self, until_us: int = FOREVER) -> None:
        """Put the exchanges before `until_us` that the lake lacks into it, as one more delivery of logs."""
        slices = self.folder / "slices" / f"{min(until_us, 10**18):019d}"
        slices.mkdir(parents=True)
        for path in sorted((self.world.path / "exchanges").rglob("*.parquet")):
            table = pq.read_table(path, partitioning=None)
            sent = table["ts"].cast(pa.int64())
            part = table.filter(pc.and_(pc.greater_equal(sent, self.until_us), pc.less(sent, until_us)))
            if part.num_rows:
                pq.write_table(part, slices / f"{path.parent.name}.parquet")
        if any(slices.iterdir()):
            ingest([slices], self.lake, settings=self.settings)
        shutil.rmtree(slices)
        self.until_us = until_us

    def tables(self) -> dict[str, Path]:
        """Accounts, models and contracts as they were known at the last cut: what came later is not in them."""
        accounts = pq.read_table(self.world.path / "accounts.parquet")
        models = pq.read_table(self.world.path / "models.parquet")
        known = {
            "accounts": _masked(accounts.filter(_before(accounts["created_at"], self.until_us)), self.until_us),
            "models": models.filter(_before(models["released_at"], self.until_us)),
            "contracts": pq.read_table(self.world.path / "contracts.parquet"),
        }
        for name, table in known.items():
            pq.write_table(table, self.folder / f"{name}.parquet")
        return {name: self.folder / f"{name}.parquet" for name in known}

    def scan(self, also: Callable[[Engine, Linking], None] | None = None) -> Scan:
        """Scan what the lake holds, with the tables as they were known at the last cut."""
        known = self.tables()
        return scan(
            [self.lake], self.folder / "out", settings=self.settings, also=also,
            accounts=known["accounts"], contracts=known["contracts"], models=known["models"],
        )  # fmt: skip

    def seen(self, sent: pa.Table) -> set[str]:
        """Units of `sent` (unit, first_us) that have sent something before the last cut."""
        return set(sent.filter(pc.less(sent["first_us"], self.until_us))["unit"].to_pylist())


def make_log(case: Case, seed: int, accounts: int, folder: Path, settings: Settings, prompts: Path | None) -> Log:
    """Simulate one world of a case into `folder`, of real prompts if given; its lake is empty until `advance`."""
    world = simulate(
        folder / "world",
        scenario=case.scenario,
        accounts=accounts,
        days=case.days,
        seed=seed,
        difficulty=case.difficulty,
        onset=case.onset,
        prompts=prompts,
    )
    return Log(world, folder, settings)


def _before(times: pa.ChunkedArray, until_us: int) -> pa.ChunkedArray:
    return pc.less(times.cast(pa.int64()), until_us)


def _masked(accounts: pa.Table, until_us: int) -> pa.Table:
    """Nobody knows of a ban that is still to come."""
    banned = accounts["banned_at"]
    place = accounts.column_names.index("banned_at")
    later = pc.fill_null(pc.greater_equal(banned.cast(pa.int64()), until_us), False)
    return accounts.set_column(place, "banned_at", pc.if_else(later, pa.scalar(None, banned.type), banned))
