"""The whole flow on one screen: logs in, ranked campaigns with reasons out.

foreign log ─ sources ─▶ exchanges ─ sketches ─▶ lake ─┬─ signals ─▶ what they do       ─┐
                                                       └─ links   ─▶ who belongs together ├─▶ campaigns
                                                                                         ─┘
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from stillwatch import campaigns, growth, links, signals, sources
from stillwatch.account import describe
from stillwatch.carving import carve
from stillwatch.config import Settings
from stillwatch.engines import Engine, open_engine
from stillwatch.errors import BadSettings
from stillwatch.findings import Memory
from stillwatch.ingest import ingest
from stillwatch.lake import Lake
from stillwatch.outcome import Progress, Scan, Steps, members_table, prepare_folder
from stillwatch.overrides import override_tables
from stillwatch.partials.days import prepared

__all__ = ["scan"]

NOTHING = Memory()
LOUD = 500  # accounts that are looked at one by one, the loudest


def scan(
    inputs: Sequence[Path],
    out: Path,
    *,
    accounts: Path | None = None,
    contracts: Path | None = None,
    models: Path | None = None,
    format: str | None = None,  # noqa: A002 - the flag's name
    settings: Settings | None = None,
    progress: Progress | None = None,
    partials: Path | None = None,
    memory: Memory = NOTHING,
    also: Callable[[Engine, links.Linking], None] | None = None,
) -> Scan:
    """Find the campaigns in a lake, a folder in the layout of SCHEMA.md, or log files; write the results into `out`.

    Log files go through a lake in `out/lake`, without their text. `accounts`, `contracts` and `models` replace what
    the input brings. `partials`: a folder where the partial results of each day are kept for the next scan. `memory` is
    what earlier looks and reviewers leave; `also` sees the log and its groups before they are gone. Raises
    StillwatchError.
    """
    settings = settings or Settings()
    began, started = time.monotonic(), datetime.now(UTC)
    prepare_folder(out)
    steps = Steps(progress)
    with steps.step("read"):
        lake, left_out = _lake(inputs, out, format, settings)
        coverage = lake.coverage()
    steps.rows(coverage.rows)
    with open_engine(settings) as engine, ExitStack() as held:
        with steps.step("measure"):
            built = held.enter_context(prepared(engine, lake, settings, partials))
            override_tables(engine, lake, settings, accounts=accounts, contracts=contracts, models=models)
            loud = signals.loud_accounts(engine, LOUD, built=built)
            mixtures = signals.find_mixtures(engine, built)
            carve(engine, mixtures)
        with steps.step("link") as tell:
            keys = loud["account_key"].to_numpy()
            linking = links.find_groups(
                engine, keys, seed=settings.seed, progress=tell, remembered=memory.toolkits, mixtures=mixtures
            )
        steps.rows(sum(linking.traits.values()))
        with steps.step("judge"):
            confirmed = signals.build_units(engine, _members(linking.keys), settings.seed, memory)
            honest = signals.HonestTrials.choose(engine, settings.seed)
            ids = [group.id for group in linking.groups]
            reused = None if mixtures else built  # carved accounts have partials of their own
            judged = signals.judge_all(engine, ids, confirmed=confirmed, honest=honest, built=reused)
            calibration = honest.calibration()
            judgements = {g.id: [j for j in judged if j.group_id == g.id] for g in linking.groups}
            harvest = {group: signals.combine(found, calibration.temper) for group, found in judgements.items()}
        steps.rows(len(linking.groups))
        with steps.step("decide"):
            found, cuts = campaigns.assemble(
                engine,
                linking.groups,
                linking.keys,
                judgements,
                harvest,
                tested_log_p=linking.tested_log_p,
                decoy_log_p=linking.decoy_log_p,
                accounts=linking.accounts,
                linked_share=linking.linked_share,
                budget=settings.budget,
                days=coverage.days,
            )
        if also is not None:
            also(engine, linking)
        facts = describe(engine, inputs, settings, coverage, linking, calibration, found, cuts)
    facts |= {"left_out": left_out, "started": started}
    facts |= {"seconds": round(time.monotonic() - began, 2), "steps": steps.done}
    result = Scan(found, members_table({group.id: group for group in linking.groups}, found), facts)
    result.write(out)
    return result


LeftOut = tuple[tuple[str, str], ...]  # files that are no log, and why


def _lake(inputs: Sequence[Path], out: Path, name: str | None, settings: Settings) -> tuple[Lake, LeftOut]:
    if len(inputs) == 1 and Lake.is_lake(inputs[0]):
        return Lake.open(inputs[0]), ()
    plan, own = sources.plan(inputs, format=name), out / "lake"
    # A second scan into the same folder goes on where the first was killed; it must not judge other logs with these.
    others = growth.strangers(plan.chunks, Lake.open(own).commits) if Lake.is_lake(own) else ()
    if others:
        raise BadSettings(
            f"{own}: an earlier scan read {others[0].source} into it, which is not among these or has changed since. "
            "Name another --out; for a log that grows, keep a lake with `stillwatch ingest`."
        )
    summary = ingest(plan, own, forget_text=True, settings=settings)
    return Lake.open(own), summary.left_out


def _members(keys: dict[str, np.ndarray]) -> pa.Table:
    names = np.array(list(keys), dtype=object)  # an empty list alone would become numbers
    return pa.table(
        {
            "group_id": pa.array(np.repeat(names, [len(k) for k in keys.values()]), pa.string()),
            "account_key": np.concatenate([*keys.values(), np.empty(0, np.int64)]),
        }
    )
