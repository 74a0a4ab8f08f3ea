"""The table of kept traits: what linking compares, brought here as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.links.channels import CHANNELS, GROUPS, Channel
from stillwatch.links.rarest import rarest

__all__ = ["TraitTable", "keep_traits"]

LEAST_PRINCIPALS = 5
PER_CHANNEL = 12
PER_PRINCIPAL = 64
_PACKAGE = "stillwatch.links"


@dataclass(frozen=True)
class TraitTable:
    """Kept traits as arrays. Row arrays are sorted by principal; trait arrays are indexed by trait number."""

    row_principal: np.ndarray  # int32, one a kept (principal, trait)
    row_trait: np.ndarray  # int32
    channel: np.ndarray  # int16 by trait: place in CHANNELS
    family: np.ndarray  # int16 by trait: place in GROUPS
    value: np.ndarray  # int64 by trait
    half: np.ndarray  # int8 by principal
    stratum: np.ndarray  # int32 by principal
    known: np.ndarray  # bool (principal, group): the log says something of this group at all

    @property
    def traits(self) -> int:
        return len(self.channel)

    @property
    def principals(self) -> int:
        return len(self.half)

    @cached_property
    def starts(self) -> np.ndarray:
        """By principal, where its rows begin; at the end, how many there are."""
        return np.searchsorted(self.row_principal, np.arange(self.principals + 1, dtype=self.row_principal.dtype))

    @cached_property
    def holders(self) -> np.ndarray:
        """By trait: how many principals have it."""
        return np.bincount(self.row_trait, minlength=self.traits)


def keep_traits(
    engine: Engine, channels: tuple[Channel, ...] = CHANNELS, *, busy: np.ndarray | None = None
) -> TraitTable:
    """Choose the traits that are worth comparing, at most `PER_PRINCIPAL` of anybody.

    Needs `principals` and `trait_rows`; leaves `channel_families` and `useful`. `busy`: all principals with a
    task of any kind, though nobody shares it.
    """
    families = pa.table(
        {
            "channel": pa.array(range(len(channels)), pa.int32()),
            "family": pa.array([GROUPS.index(channel.group) for channel in channels], pa.int32()),
        }
    )
    engine.register("channel_families", families)
    engine.materialise("useful", load_query(_PACKAGE, "useful", least=LEAST_PRINCIPALS))
    about = engine.fetch(
        "SELECT u.channel AS channel, c.family AS family, u.value AS value, u.df AS df FROM useful AS u "
        "JOIN channel_families AS c ON c.channel = u.channel ORDER BY u.trait"
    )
    nodes = engine.fetch(
        "SELECT principal, half, stratum FROM principals GROUP BY principal, half, stratum ORDER BY principal"
    )
    channel = about["channel"].to_numpy().astype(np.int16)
    row_principal, row_trait = rarest(
        engine.fetch(
            "SELECT r.principal AS principal, u.trait AS trait FROM trait_rows AS r "
            "JOIN useful AS u ON r.channel = u.channel AND r.value = u.value"
        ),
        nodes.num_rows, about["df"].to_numpy(), channel, PER_CHANNEL, PER_PRINCIPAL,
    )  # fmt: skip
    told = [str(place) for place, one in enumerate(channels) if busy is None or one.group != "task"]
    seen = engine.fetch(
        "SELECT r.principal AS principal, c.family AS family FROM (SELECT principal, channel FROM trait_rows "
        f"WHERE channel IN ({', '.join(told)}) GROUP BY principal, channel) AS r "
        "JOIN channel_families AS c ON c.channel = r.channel GROUP BY r.principal, c.family"
    )
    known = np.zeros((nodes.num_rows, len(GROUPS)), bool)
    known[seen["principal"].to_numpy(), seen["family"].to_numpy()] = True
    if busy is not None:
        known[busy, GROUPS.index("task")] = True
    return TraitTable(
        row_principal=row_principal,
        row_trait=row_trait,
        channel=channel,
        family=about["family"].to_numpy().astype(np.int16),
        value=about["value"].to_numpy(),
        half=nodes["half"].to_numpy().astype(np.int8),
        stratum=nodes["stratum"].to_numpy(),
        known=known,
    )
