"""Toolkits that outlive a look: written down so that they hold on any day, and found again in another day's traits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Toolkit, ToolkitTrait
from stillwatch.links.channels import CHANNELS, GROUPS
from stillwatch.links.members import Fit
from stillwatch.links.names import TraitNames
from stillwatch.links.toolkits import LEAST_SEEDS, SEED_GROUPS
from stillwatch.links.trait_table import TraitTable

__all__ = ["known_starts", "toolkit_hits", "write_down"]

MOST_TRAITS = 4096  # of one toolkit: those that members gain most by
_PLACE = {channel.name: place for place, channel in enumerate(CHANNELS)}
# Counted from the releases inside the log, in their order: the number means something else when the log grows.
_PASSING = {"release"}


def write_down(table: TraitTable, half: int, fit: Fit, names: TraitNames) -> Toolkit:
    """The toolkit of a fit that was learned on one half."""
    gain = fit.share * fit.weight
    order = np.lexsort((fit.traits, -gain))[:MOST_TRAITS]
    chosen = [
        (int(table.channel[t]), int(table.value[t]), float(w)) for t, w in zip(fit.traits, fit.weight, strict=True)
    ]
    chosen = [chosen[place] for place in order]
    labels = names.labels([(channel, value) for channel, value, _ in chosen if CHANNELS[channel].text])
    return Toolkit(
        half=half,
        traits=tuple(
            ToolkitTrait(
                channel=CHANNELS[channel].name,
                value=labels[channel, value] if CHANNELS[channel].text else str(value),
                weight=round(weight, 6),
            )
            for channel, value, weight in chosen
            if CHANNELS[channel].name not in _PASSING
        ),
    )


def toolkit_hits(engine: Engine, toolkits: Sequence[Toolkit]) -> pa.Table:
    """`toolkit, principal, family`, distinct and ordered: who has a trait of which toolkit, in which channel group.

    `toolkit` is the place in `toolkits`, `family` that in GROUPS. Needs `trait_rows`, `trait_labels` and
    `channel_families`. Traits of channels that are no longer known are left out.
    """
    rows = [
        (place, _PLACE[trait.channel], trait.value)
        for place, toolkit in enumerate(toolkits)
        for trait in toolkit.traits
        if trait.channel in _PLACE
    ]
    text = [row for row in rows if CHANNELS[row[1]].text]
    plain = [(place, channel, int(value)) for place, channel, value in rows if not CHANNELS[channel].text]
    for name, part, kind in (("remembered_text", text, pa.string()), ("remembered_plain", plain, pa.int64())):
        columns = list(zip(*part, strict=True)) or [(), (), ()]
        arrays = [pa.array(c, t) for c, t in zip(columns, (pa.int32(), pa.int32(), kind), strict=True)]
        engine.register(name, pa.table(arrays, names=["toolkit", "channel", "value"]))
    return engine.fetch(load_query("stillwatch.links", "remembered"))


def known_starts(engine: Engine, table: TraitTable, toolkits: Sequence[Toolkit]) -> list[tuple[int, np.ndarray]]:
    """(half, principals) by toolkit: those of the half it was learned on that have traits of it in several groups.

    The other half stays unseen, so that a group that grows from here is confirmed there like any other.
    """
    if not toolkits:
        return []
    hits = toolkit_hits(engine, toolkits)
    toolkit, principal = hits["toolkit"].to_numpy().astype(np.int64), hits["principal"].to_numpy().astype(np.int64)
    half = np.array([toolkit.half for toolkit in toolkits])
    mine = table.half[principal] == half[toolkit]
    pair, groups = np.unique(toolkit[mine] * table.principals + principal[mine], return_counts=True)
    starts = []
    for place in range(len(toolkits)):
        here = pair // table.principals == place
        for least in SEED_GROUPS:
            chosen = pair[here & (groups >= least)] % table.principals
            if len(chosen) >= LEAST_SEEDS:
                starts.append((toolkits[place].half, chosen))
                break
    return starts


def group_names(families: np.ndarray) -> tuple[str, ...]:
    """Names of channel groups by their places."""
    return tuple(GROUPS[place] for place in sorted(set(families.tolist())))
