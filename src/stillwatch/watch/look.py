"""One look: the scan of what the lake holds now, folded into what earlier looks and reviewers left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import xxhash

from stillwatch.commits import Coverage
from stillwatch.config import Settings
from stillwatch.findings import Campaign, Member
from stillwatch.lake import Lake
from stillwatch.outcome import MEMBERS, Progress, Scan
from stillwatch.pipeline import scan
from stillwatch.watch.aside import Aside
from stillwatch.watch.changes import changes
from stillwatch.watch.fold import Folded, Found, fold
from stillwatch.watch.records import Look, Seen, State, Verdict
from stillwatch.watch.spending import Allowance, microseconds, new_days
from stillwatch.watch.store import VERSION, Store
from stillwatch.watch.verdicts import memory_of, read_verdicts, reliability

__all__ = ["Report", "take_look"]

Report = Callable[[Path, Sequence[Campaign], dict[str, Any]], None]
TABLES = ("accounts", "contracts", "models")
# Settings that change what is found. The others change how fast.
DECIDING = ("budget", "seed", "asn_table")


def take_look(
    lake: Path,
    state: Path,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
    report: Report | None = None,
) -> Look:
    """Scan the lake if anything is new since the last look in the folder `state`, and keep what was found there.

    `report` writes a page for people from (folder, campaigns, facts) before the look is finished. A look that is killed
    never happened; the next one takes its place. Raises BadLake, BadState.
    """
    settings = settings or Settings()
    with Store.watching(state) as store:
        before = store.state()
        holds = Lake.open(lake)
        coverage = holds.coverage()
        verdicts = read_verdicts(state)
        seen = _seen(holds, coverage, verdicts, settings)
        fresh = len(set(seen.chunks) - set(before.seen.chunks)) if before else len(seen.chunks)
        if before is not None and before.seen == seen and store.folder is not None:
            return _look(before, (), coverage, 0, 0.0, store.folder.name, verdicts, taken=False)
        number = before.look + 1 if before else 1
        draft = store.draft(number)
        remembered = before.campaigns if before else ()
        aside = Aside(remembered)
        done = scan(
            [lake],
            draft,
            settings=settings,
            progress=progress,
            partials=state / "partials",
            memory=memory_of(before, verdicts),
            also=aside,
        )
        # What the scan read is what counts: the lake may have grown since it was listed here.
        read = done.facts["read"]
        length, days = new_days(before.log_days if before else 0.0, read["first"], read["last"], read["days_held"])
        ends = 0 if read["last"] is None else microseconds(read["last"])
        found = Found(done.campaigns, _members(done.members), aside, ends)
        folded = fold(remembered, found, Allowance.of(done.facts, settings.budget, days), verdicts, number)
        after = State(
            stillwatch_watch=VERSION,
            look=number,
            seen=seen,
            log_days=length,
            last_us=found.last_us,
            campaigns=folded.known,
        )
        told = changes(remembered, folded, number)
        look = _look(after, told, coverage, fresh, days, f"{number:06d}", verdicts, taken=True)
        facts = done.facts | {"watch": msgspec.to_builtins(look)}
        Scan(folded.campaigns, _table(folded), facts).write(draft)
        if report is not None:
            report(draft, folded.campaigns, facts)
        store.commit(draft, after, look)
        return look


def _seen(lake: Lake, coverage: Coverage, verdicts: Sequence[Verdict], settings: Settings) -> Seen:
    files = {name: lake.root / f"{name}.parquet" for name in TABLES}
    chosen = settings.model_dump(mode="json", include=set(DECIDING))
    return Seen(
        chunks=tuple(sorted(lake.chunks())),
        duplicates=coverage.duplicates,
        tables={n: xxhash.xxh3_128_hexdigest(path.read_bytes()) for n, path in files.items() if path.exists()},
        verdicts=len(verdicts),
        settings={name: str(value) for name, value in sorted(chosen.items())},
    )


def _members(table: pa.Table) -> dict[str, tuple[Member, ...]]:
    found: dict[str, list[Member]] = {}
    columns = (table[name].to_pylist() for name in table.column_names)
    for campaign, account, probability in zip(*columns, strict=True):
        found.setdefault(campaign, []).append(Member(account_id=account, probability=probability))
    return {name: tuple(members) for name, members in found.items()}


def _table(folded: Folded) -> pa.Table:
    rows = [(c.id, m.account_id, m.probability) for c in folded.campaigns for m in folded.members[c.id]]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table([pa.array(c, t) for c, t in zip(columns, MEMBERS.types, strict=True)], schema=MEMBERS)


def _look(
    state: State,
    told: tuple[Any, ...],
    coverage: Coverage,
    fresh: int,
    days: float,
    name: str,
    verdicts: Sequence[Verdict],
    *,
    taken: bool,
) -> Look:
    statuses = [one.status for one in state.campaigns if one.last_look == state.look]
    return Look(
        look=state.look,
        taken=taken,
        new_chunks=fresh,
        exchanges=coverage.rows,
        log_ends=coverage.last,
        log_days=round(state.log_days, 6),
        days_spent=round(days, 6),
        alerts=statuses.count("alert"),
        reviews=statuses.count("review"),
        declared=statuses.count("declared"),
        changes=told,
        reliability=reliability(verdicts),
        results=f"looks/{name}",
    )
