"""Pairs of traits: the table that replaces pairs of accounts, linear in accounts and small.

Pairing accounts that share a value must drop common values or drown: a cap of 200 found none of a ring of 25,000.
Pairs of traits need no cap. Each is compared with its expectation inside strata.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.links.channels import CHANNELS, GROUPS, Channel
from stillwatch.links.counting import expected_together

__all__ = ["TraitTable", "count_pairs", "count_sizes", "keep_traits", "surprising_pairs"]

LEAST_PRINCIPALS = 5
PER_CHANNEL = 12
PER_PRINCIPAL = 64
LEAST_Z = 1.5
SHRINK = 100.0
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
    def holders(self) -> np.ndarray:
        """By trait: how many principals have it."""
        return np.bincount(self.row_trait, minlength=self.traits)


def keep_traits(
    engine: Engine, channels: tuple[Channel, ...] = CHANNELS, *, busy: np.ndarray | None = None
) -> TraitTable:
    """Materialise `useful`, `kept` and the sizes that expectations need; returns the same as arrays.

    Needs `principals` and `trait_rows`. `busy`: principals with a task of any kind, though nobody shares it.
    """
    families = pa.table(
        {
            "channel": pa.array(range(len(channels)), pa.int32()),
            "family": pa.array([GROUPS.index(channel.group) for channel in channels], pa.int32()),
        }
    )
    engine.register("channel_families", families)
    engine.materialise("nodes", "SELECT principal, half, stratum FROM principals GROUP BY principal, half, stratum")
    engine.materialise("useful", load_query(_PACKAGE, "useful", least=LEAST_PRINCIPALS))
    kept = load_query(_PACKAGE, "kept", per_channel=PER_CHANNEL, per_principal=PER_PRINCIPAL)
    engine.materialise(
        "kept",
        f"SELECT k.principal AS principal, k.trait AS trait, k.family AS family, n.half AS half, n.stratum AS stratum "
        f"FROM ({kept}) AS k JOIN nodes AS n ON n.principal = k.principal",
    )
    count_sizes(engine)
    rows = engine.fetch("SELECT principal, trait FROM kept ORDER BY principal, trait")
    about = engine.fetch(
        "SELECT u.channel AS channel, c.family AS family, u.value AS value FROM useful AS u "
        "JOIN channel_families AS c ON c.channel = u.channel ORDER BY u.trait"
    )
    nodes = engine.fetch("SELECT principal, half, stratum FROM nodes ORDER BY principal")
    seen = engine.fetch(
        "SELECT r.principal AS principal, c.family AS family FROM "
        "(SELECT principal, channel FROM trait_rows GROUP BY principal, channel) AS r "
        "JOIN channel_families AS c ON c.channel = r.channel GROUP BY r.principal, c.family"
    )
    known = np.zeros((nodes.num_rows, len(GROUPS)), bool)
    known[seen["principal"].to_numpy(), seen["family"].to_numpy()] = True
    if busy is not None:
        known[busy, GROUPS.index("task")] = True
    return TraitTable(
        row_principal=rows["principal"].to_numpy(),
        row_trait=rows["trait"].to_numpy(),
        channel=about["channel"].to_numpy().astype(np.int16),
        family=about["family"].to_numpy().astype(np.int16),
        value=about["value"].to_numpy(),
        half=nodes["half"].to_numpy().astype(np.int8),
        stratum=nodes["stratum"].to_numpy(),
        known=known,
    )


def count_sizes(engine: Engine, every: int = 1) -> None:
    """Materialise what expectations need from `kept` and `nodes`: principals by trait, and by stratum.

    `every`: the principals in `kept` are those whose number is a multiple of it.
    """
    engine.materialise(
        "trait_strata",
        "SELECT half, trait, stratum, CAST(count(*) AS DOUBLE) AS n FROM kept GROUP BY half, trait, stratum",
    )
    engine.materialise("trait_sizes", "SELECT half, trait, sum(n) AS n FROM trait_strata GROUP BY half, trait")
    engine.materialise(
        "stratum_sizes",
        f"SELECT half, stratum, CAST(count(*) AS DOUBLE) AS n FROM nodes WHERE principal % {every} = 0 "
        "GROUP BY half, stratum",
    )
    engine.materialise("half_sizes", "SELECT half, sum(n) AS n FROM stratum_sizes GROUP BY half")


def count_pairs(engine: Engine) -> int:
    """Materialise `pairs(half, t1, t2, o)` from `kept`; returns its rows."""
    return engine.materialise("pairs", load_query(_PACKAGE, "pairs"))


def surprising_pairs(engine: Engine) -> pa.Table:
    """`half, t1, t2, o, e, z` of the pairs beyond expectation, ordered; from `pairs` and the sizes.

    z = (o - e) / sqrt(e + 0.2), above `LEAST_Z`, with e under independence inside strata. Each stratum's counts are
    drawn towards everybody's rates by `SHRINK` pseudo-principals, or a group that fills a stratum would be its own
    expectation. The sums over strata are compiled: as a join they would be the longest step of linking.
    """
    parts = []
    for half in (0, 1):
        pairs = engine.fetch(load_query(_PACKAGE, "sieved", half=half, least_z=LEAST_Z, shrink=SHRINK))
        e = _expected(engine, half, pairs)
        o = pairs["o"].to_numpy().astype(np.float64)
        z = (o - e) / np.sqrt(e + 0.2)
        found = pairs.select(["half", "t1", "t2", "o"]).append_column("e", pa.array(e)).append_column("z", pa.array(z))
        parts.append(found.filter(pa.array(z > LEAST_Z)))
    return pa.concat_tables(parts)


def _expected(engine: Engine, half: int, pairs: pa.Table) -> np.ndarray:
    """How many principals of one half would have both traits of each pair by chance."""
    held = engine.fetch(f"SELECT trait, stratum, n FROM trait_strata WHERE half = {half} ORDER BY trait, stratum")
    strata = engine.fetch(f"SELECT stratum, n FROM stratum_sizes WHERE half = {half}")
    sizes = np.zeros(max(strata["stratum"].to_numpy(), default=-1) + 1)
    sizes[strata["stratum"].to_numpy()] = strata["n"].to_numpy()
    traits = held["trait"].to_numpy()
    starts = np.searchsorted(traits, np.arange(max(traits, default=-1) + 2))
    e = np.empty(pairs.num_rows)
    arrays = [pairs[name].to_numpy() for name in ("t1", "t2", "more1", "more2")]
    expected_together(starts, held["stratum"].to_numpy(), held["n"].to_numpy(), sizes + SHRINK, *arrays, e)
    return e
