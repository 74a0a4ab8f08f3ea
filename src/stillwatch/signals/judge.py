"""Judges candidate groups: each signal's value against how far this log's own honest tenants lie out."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Judgement
from stillwatch.signals.base import Signal
from stillwatch.signals.calibration import HonestTrials
from stillwatch.signals.drawn import draw_exchanges
from stillwatch.signals.evidence import FEWEST_TENANTS
from stillwatch.signals.examples import Panel, examples
from stillwatch.signals.figures import weighs
from stillwatch.signals.measure import Built, Measured, keep_partials, make_helpers, measure, missing
from stillwatch.signals.tenants import Tenants

__all__ = ["judge_all"]


def judge_all(
    engine: Engine,
    group_ids: Sequence[str],
    *,
    signals: Sequence[Signal] | None = None,
    confirmed: Sequence[str] = (),
    honest: HonestTrials | None = None,
    built: Built | None = None,
) -> list[Judgement]:
    """Every signal's judgement of every group, by group and then by signal, in the given orders.

    Needs the views of the lake and the table `units` (`build_units`). Leaves `signal_<code>` tables for reuse.
    A judgement that cannot be made has value, p_value and weight None and says why. One of a signal that is
    experimental or supporting is made alike, and does not weigh. Groups that are `confirmed` are nobody's tenants.
    `honest` is told what the signals that weigh say of its tenants. `built`: tables of an earlier judging of the same
    exchanges, which are used again; None: none.
    """
    if signals is None:
        from stillwatch.signals import SIGNALS

        signals = SIGNALS
    lacking = missing(engine, signals)
    draw_exchanges(engine, signals)
    engine.materialise("signal_sizes", load_query("stillwatch.signals", "sizes"))
    overlaps = _overlaps(engine, honest)
    for group in group_ids if confirmed else ():
        overlaps.setdefault(("group", group), set()).update(("group", other) for other in confirmed)
    built = {} if built is None else built
    panel = Panel(engine, signals, "signal_drawn_few", "units_drawn")  # a few days show an analyst enough
    listed = engine.fetch("SELECT unit_id FROM signal_sizes ORDER BY number").column("unit_id")
    names = np.asarray(listed.to_numpy(zero_copy_only=False), dtype=object)
    judged = {
        signal.code: _judge(engine, signal, group_ids, lacking[signal.code], overlaps, built, honest, panel, names)
        for signal in signals
    }
    return [judged[signal.code][place] for place in range(len(group_ids)) for signal in signals]


Overlaps = dict[tuple[str, str], set[tuple[str, str]]]  # by judged (kind, unit): the units that are mostly its own


def _overlaps(engine: Engine, honest: HonestTrials | None) -> Overlaps:
    engine.register("signal_trials", (honest or HonestTrials(())).table())
    found: Overlaps = {}
    for row in engine.fetch(load_query("stillwatch.signals", "overlaps")).to_pylist():
        found.setdefault((row["judged"], row["group_id"]), set()).add((row["kind"], row["unit_id"]))
    return found


def _judge(
    engine: Engine,
    signal: Signal,
    group_ids: Sequence[str],
    lacking: tuple[str, ...],
    overlaps: Overlaps,
    built: Built,
    honest: HonestTrials | None,
    panel: Panel,
    names: npt.NDArray[np.object_],
) -> list[Judgement]:
    if lacking:
        return [_blind(signal, group, f"needs {' and '.join(lacking)}, which this log lacks") for group in group_ids]
    drawn = "signal_whole" if signal.whole else "signal_drawn"
    source = f"{drawn}_few" if signal.supporting else drawn
    if not keep_partials(engine, signal, built, exchanges=source, accounts=f"{drawn}_accounts"):
        return [_blind(signal, group, "this log holds nothing that it measures") for group in group_ids]
    engine.materialise(
        "signal_numbered",
        load_query(
            "stillwatch.signals",
            "unit_choice",
            units="units" if signal.whole else "units_drawn",
            kinds=", ".join(f"'{kind}'" for kind in sorted(signal.reference)),
            fewest=signal.minimum_accounts,
            most=signal.largest_tenant,
        ),
    )
    engine.view(
        "signal_units",
        "SELECT s.unit_id AS unit_id, n.kind AS kind, n.account_key AS account_key "
        "FROM signal_numbered AS n JOIN signal_sizes AS s ON n.unit_id = s.number",
    )
    measured = measure(engine, signal, "signal_numbered", names)
    details = signal.details(engine, "signal_units")
    tenants = Tenants(signal, measured)
    place = {key: row for row, key in enumerate(zip(measured.kind, measured.unit, strict=True))}
    if honest is not None and weighs(signal):
        honest.note(signal, measured, tenants, place, overlaps)
    judgements = []
    for group in group_ids:
        row = place.get(("group", group))
        if row is None or np.isnan(measured.value[row]):
            judgements.append(_blind(signal, group, _too_few(signal, measured, row)))
            continue
        value = float(measured.value[row])
        found, base = tenants.place(row, [place[key] for key in overlaps.get(("group", group), ()) if key in place])
        if found.tenants < FEWEST_TENANTS:
            reason = f"{found.tenants} honest tenants to compare with, {FEWEST_TENANTS} are needed"
            judgements.append(_blind(signal, group, reason))
            continue
        weight = tenants.weight(row, found)
        clause = "; ".join(filter(None, (signal.sentence(value, base), details.get(group))))
        judgements.append(
            Judgement(
                code=signal.code,
                name=signal.name,
                family=signal.family,
                group_id=group,
                value=value,
                base=base,
                p_value=found.p_value,
                tenants=found.tenants,
                weight=weight,
                kind=signal.kind,
                weighs=weighs(signal),
                text=f"{clause}; {found.extreme:,} of {found.tenants:,} tenants lie as far out.",
            )
        )
    if not any(_speaks(one) for one in judgements):
        return judgements
    make_helpers(engine, signal, built, signal.exchange_sql(), source)
    shown = examples(engine, signal, panel)
    return [
        msgspec.structs.replace(one, examples=shown.get(one.group_id, ())) if _speaks(one) else one
        for one in judgements
    ]


def _speaks(judgement: Judgement) -> bool:
    # Evidence against harvesting needs no example.
    return (judgement.weight or 0) > 0


def _too_few(signal: Signal, measured: Measured, row: int | None) -> str:
    if row is None:
        return "none of the group's exchanges carry what it needs"
    if measured.accounts[row] < signal.minimum_accounts:
        return f"{measured.accounts[row]:,} accounts, {signal.minimum_accounts:,} are needed"
    if measured.trials[row] < signal.minimum_trials:
        needed = signal.minimum_trials // signal.trials_each
        return f"{measured.trials[row] // signal.trials_each:,} {signal.unit}s, {needed:,} are needed"
    return f"its {signal.unit}s are too sparse to measure"


def _blind(signal: Signal, group: str, reason: str) -> Judgement:
    return Judgement(
        code=signal.code,
        name=signal.name,
        family=signal.family,
        group_id=group,
        value=None,
        kind=signal.kind,
        weighs=weighs(signal),
        text=f"Cannot judge: {reason}.",
    )
