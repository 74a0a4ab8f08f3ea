from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Group, Member
from stillwatch.ingest import ingest
from stillwatch.links import Linking
from stillwatch.outcome import read_campaigns
from stillwatch.watch.aside import Aside
from stillwatch.watch.look import take_look
from stillwatch.watch.store import Store

pytestmark = pytest.mark.acceptance


def linking(**accounts: list[int]) -> Linking:
    groups = tuple(
        Group(
            id=name,
            origin="toolkit",
            members=tuple(Member(account_id=f"a{n}", probability=1.0) for n in numbers),
            p_value=0.0,
            links=(),
            channel_groups=(),
        )
        for name, numbers in accounts.items()
    )
    return Linking(groups, {}, np.empty(0), np.empty(0), {}, 0.0, 0, 0)


def test_a_group_is_banned_when_half_of_it_is(lake: Any, ask: Any, person: Any) -> None:
    start = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
    people = [person(n, banned_at=start + timedelta(hours=n)) for n in (1, 2, 3)] + [person(4), person(5)]
    engine: DuckDBEngine = lake([ask(n, 1.0) for n in range(1, 6)], people)
    aside = Aside(())
    aside(engine, linking(banned=[1, 2, 3, 4], half=[1, 2, 4, 5], free=[4, 5], one=[3]))
    hours = {name: (at - int(start.timestamp() * 1e6)) // 3_600_000_000 for name, at in aside.banned_us.items()}
    assert hours == {"banned": 3, "one": 3}  # the moment at which more than half were closed
    assert aside.returned == {} and aside.tests == 0


def part(world: Path, folder: Path, days: Iterable[Path], without: set[str], banned: dict[str, datetime]) -> list[Path]:
    """Some days of a world without some accounts; `banned` closes accounts."""
    folder.mkdir()
    out = set(without)
    for day in days:
        for path in sorted(day.glob("*.parquet")):
            rows = pq.read_table(path, partitioning=None)
            kept = rows.filter(pc.invert(pc.is_in(rows["account_id"], pa.array(sorted(out)))))
            (folder / "exchanges" / day.name).mkdir(parents=True, exist_ok=True)
            pq.write_table(kept, folder / "exchanges" / day.name / path.name)
    accounts = pq.read_table(world / "accounts.parquet")
    at = [banned.get(name) for name in accounts["account_id"].to_pylist()]
    place = accounts.column_names.index("banned_at")
    accounts = accounts.set_column(place, "banned_at", pa.array(at, accounts.schema.field("banned_at").type))
    pq.write_table(accounts, folder / "accounts.parquet")
    return [folder]


def test_accounts_that_take_a_banned_rings_place_are_named_with_it(
    ring_world: Any, ring: frozenset[str], settings: Settings, tmp_path: Path
) -> None:
    """Four fifths of the ring work for three days and are closed; on the fourth the rest begin."""
    members = sorted(ring)
    fresh = set(members[::5])
    old = set(members) - fresh
    days = sorted((ring_world.path / "exchanges").iterdir())
    closed = datetime.fromisoformat(f"{days[3].name.removeprefix('day=')}T00:00:00+00:00")
    lake, state = tmp_path / "lake", tmp_path / "state"
    ingest(part(ring_world.path, tmp_path / "before", days[:3], fresh, {}), lake, forget_text=True, settings=settings)
    first = take_look(lake, state, settings=settings)
    after = part(ring_world.path, tmp_path / "after", days[3:5], old, dict.fromkeys(old, closed))
    ingest(after, lake, forget_text=True, settings=settings)
    second = take_look(lake, state, settings=settings)
    assert not [change for change in first.changes if change.kind == "replaced"]
    (told,) = (change for change in second.changes if change.kind == "replaced")
    known = {one.id: one for one in Store(state).state().campaigns}  # type: ignore[union-attr]
    parent = known[str(told.other)]
    assert len(old & set(parent.accounts)) >= 0.9 * len(old)
    assert parent.stopped_us == int(closed.timestamp() * 1e6)
    entry = known[told.campaign]
    assert len(fresh & set(entry.accounts)) >= 0.7 * len(fresh)
    assert len(fresh & set(entry.accounts)) >= 0.9 * len(entry.accounts)
    (shown,) = (campaign for campaign in read_campaigns(state / second.results) if campaign.id == told.campaign)
    assert shown.status == "review" and shown.origin == "replacement"
    assert parent.id in shown.verdict and shown.p_value < 1e-3
    assert shown.reasons[0].code == "LK20" and shown.accounts == len(entry.accounts)
    # Honest accounts that began as late have no part in it, and closing the ring raised nobody else.
    assert set(entry.accounts).isdisjoint(old)
