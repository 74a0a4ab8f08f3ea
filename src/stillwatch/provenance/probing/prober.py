"""The prober: asks every target every question that is not answered yet, all targets at once, and writes OUTPUTS."""

from __future__ import annotations

import asyncio
import os
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from stillwatch.provenance.probing.asking import Asker
from stillwatch.provenance.probing.exchange import client_for
from stillwatch.provenance.probing.files import check_place
from stillwatch.provenance.probing.journal import VERSION, Journal, Run, journal_path
from stillwatch.provenance.probing.keys import Keys
from stillwatch.provenance.probing.outputs import write_outputs
from stillwatch.provenance.probing.pace import Clock, Pace
from stillwatch.provenance.probing.plan import Estimate, asked_so_far, estimate, still_to_ask
from stillwatch.provenance.probing.questions import Probe, ProbeSet
from stillwatch.provenance.probing.spending import Spending
from stillwatch.provenance.probing.targets import Target

__all__ = ["Asked", "Probing", "plan", "probe"]

Progress = Callable[[str, float], None]
Question = tuple[Probe, int]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal now holds of one target. `missing` questions have no answer; `closed` tells why none will come
    before the command is run again, None where it was not stopped."""

    target: str
    model: str
    answered: int
    refused: int
    empty: int
    truncated: int
    error: int
    missing: int
    closed: str | None


class Probing(msgspec.Struct, frozen=True, kw_only=True):
    """A finished run. `rows` counts all of `out`, other targets of earlier runs included. `spent` is in the currency of
    the prices and counts what earlier runs of this journal spent."""

    benchmark: str
    sha256: str
    out: str
    rows: int
    spent: float | None
    targets: tuple[Asked, ...]


def plan(targets: Sequence[Target], probes: ProbeSet, out: Path, *, samples: int | None = None) -> list[Estimate]:
    """What `probe` would ask now, and its price. Raises what `probe` would raise before it asks."""
    check_place(out)
    journal = Journal(journal_path(out))
    journal.check(_run(targets, probes))
    return estimate(targets, probes, journal, samples=samples)


def probe(
    targets: Sequence[Target], probes: ProbeSet, out: Path, *, samples: int | None = None,
    max_cost: float | None = None, seconds: float = 120.0, environment: Mapping[str, str] | None = None,
    clock: Clock | None = None, progress: Progress | None = None,
) -> Probing:  # fmt: skip
    """Asks what is missing, keeps each answer in the journal at once, and writes `out` whole at the end, with what
    earlier runs asked other targets.

    A target that is dead, refuses the key or reaches a cap is left; the others go on. Run again, it asks only what has
    no answer. `seconds` bound one request. Keys come from `environment` (by default that of the process).
    """
    keys = Keys(targets, os.environ if environment is None else environment)
    run = _run(targets, probes)
    Spending(targets, max_cost=max_cost, asked={})
    plan(targets, probes, out, samples=samples)  # what cannot be asked is said before any file is made
    with Journal(journal_path(out)) as journal:
        journal.check(run)
        estimate(targets, probes, journal, samples=samples)
        spending = Spending(targets, max_cost=max_cost, asked=asked_so_far(targets, journal))
        _recall(spending, targets, probes, journal)
        journal.begin(run)
        work = {target.name: deque(still_to_ask(target, probes, samples, journal.answered)) for target in targets}
        try:
            closed = asyncio.run(
                _ask_all(targets, work, journal, keys, spending, clock or Clock(), seconds, progress)
            )  # fmt: skip
        except KeyboardInterrupt:
            kept = f"{len(journal.answered):,} answers are kept"
            raise KeyboardInterrupt(f"{out}: interrupted. {kept}; run the same command again.") from None
        others = journal.others({target.name for target in targets})
        rows = write_outputs(out, probes, [*targets, *others], journal.entries)
        asked = tuple(_asked(target, probes, samples, journal, closed[target.name]) for target in targets)
    priced = any(target.price for target in targets)
    return Probing(
        benchmark=probes.name, sha256=probes.sha256, out=str(out), rows=rows,
        spent=spending.spent if priced else None, targets=asked,
    )  # fmt: skip


def _run(targets: Sequence[Target], probes: ProbeSet) -> Run:
    identities = {target.name: target.identity for target in targets}
    return Run(version=VERSION, probes=probes.name, sha256=probes.sha256, targets=identities)


def _recall(spending: Spending, targets: Sequence[Target], probes: ProbeSet, journal: Journal) -> None:
    by_name = {target.name: target for target in targets}
    prompts = {probe.prompt_id: probe.prompt for probe in probes.probes}
    for entry in journal.spent:
        if entry.target in by_name:
            spending.recall(by_name[entry.target], prompts.get(entry.prompt_id, ""), entry)


async def _ask_all(
    targets: Sequence[Target], work: Mapping[str, deque[Question]], journal: Journal, keys: Keys, spending: Spending,
    clock: Clock, seconds: float, progress: Progress | None,
) -> dict[str, str | None]:  # fmt: skip
    """Why each target was left, None for one that was asked everything."""
    whole = sum(len(questions) for questions in work.values())
    done = 0

    async def worker(asker: Asker, questions: deque[Question]) -> None:
        nonlocal done
        while questions and asker.closed is None:
            entry = await asker.ask(*questions.popleft())
            if entry is None:
                continue
            journal.add(entry)
            done += 1
            if progress is not None:
                progress(f"asking {asker.target.name}", done / whole)

    async with AsyncExitStack() as stack:
        askers = []
        for target in targets:
            client = await stack.enter_async_context(client_for(target, seconds))
            pace = Pace(clock, per_minute=target.per_minute, tokens_per_minute=target.tokens_per_minute)
            askers.append(Asker(target, client, keys, pace, spending, clock, seconds))
        workers = [
            asyncio.create_task(worker(asker, work[asker.target.name]))
            for asker in askers
            for _ in range(min(asker.target.concurrency, len(work[asker.target.name])))
        ]
        try:
            await asyncio.gather(*workers)
        finally:  # one that failed (disk full, say) must not leave the others asking
            for task in workers:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    return {asker.target.name: asker.closed for asker in askers}


def _asked(target: Target, probes: ProbeSet, samples: int | None, journal: Journal, closed: str | None) -> Asked:
    wanted = {(target.name, probe.prompt_id, sample) for probe, sample in still_to_ask(target, probes, samples, ())}
    entries = journal.entries
    counts = Counter(entries[key].status if key in entries else "missing" for key in wanted)
    return Asked(
        target=target.name, model=target.model, answered=counts["answered"], refused=counts["refused"],
        empty=counts["empty"], truncated=counts["truncated"], error=counts["error"], missing=counts["missing"],
        closed=closed,
    )  # fmt: skip
