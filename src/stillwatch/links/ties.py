"""Ties: the rare traits and the rare work that a few principals share with anybody.

Read once for all principals that somebody asks about: each look goes through every trait and every recurring prompt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.links.channels import GROUPS

__all__ = ["RAREST", "RAREST_WORK", "Ties", "find_ties", "work_weight"]

RAREST = 100  # a trait that more principals have says too little about a pair
RAREST_WORK = 4  # an item of work that more principals have may be public
LEAST_WORK = 10  # shared rare items that make two accounts workers on one list
# What n shared items weigh, in nats: the first as much as a rare trait, more of them by the logarithm, for they depend
# on each other.
WORK = ("recurring_prompts", "shared_band_0", "seen_logit_bias_hash")
WORK_WEIGHT, WORK_GAIN, WORK_MOST = 8.0, 3.0, 30.0
_PACKAGE = "stillwatch.links"


@dataclass(frozen=True)
class Ties:
    """Arrays: asked principal `a`, any other `b`, channel group, weight, and of shared work its items (else 0)."""

    a: np.ndarray
    b: np.ndarray
    family: np.ndarray
    weight: np.ndarray
    items: np.ndarray

    def only(self, rows: np.ndarray) -> Ties:
        """Some of the ties, by a mask."""
        return Ties(self.a[rows], self.b[rows], self.family[rows], self.weight[rows], self.items[rows])


def work_weight(items: np.ndarray) -> np.ndarray:
    """What so many shared rare items of work tell of a pair, in nats."""
    return np.asarray(np.minimum(WORK_WEIGHT + WORK_GAIN * np.log(np.maximum(items, 1)), WORK_MOST))


def find_ties(engine: Engine, asked: np.ndarray, principals: int) -> Ties:
    """All ties of the principals `asked`. Needs `trait_rows`, `channel_families`, `principals` and the lake's views.

    A trait weighs ln(N/df), of each channel group the rarest. Many rare prompts in common (a list of work that was
    shared out) count like a hand-off.
    """
    engine.register("loud_nodes", pa.table({"principal": pa.array(np.unique(asked), pa.int32())}))
    engine.materialise(
        "loud_accounts",
        "SELECT p.account_key AS account_key FROM principals AS p JOIN loud_nodes AS l ON l.principal = p.principal",
    )
    engine.materialise(
        "loud_rows",
        "SELECT t.principal AS principal, t.channel AS channel, t.value AS value FROM trait_rows AS t "
        "JOIN loud_nodes AS l ON l.principal = t.principal",
    )
    engine.materialise(
        "loud_traits",
        "SELECT r.channel AS channel, r.value AS value, CAST(count(*) AS DOUBLE) AS df FROM trait_rows AS r "
        "JOIN (SELECT channel, value FROM loud_rows GROUP BY channel, value) AS s "
        "ON s.channel = r.channel AND s.value = r.value GROUP BY r.channel, r.value "
        f"HAVING count(*) BETWEEN 2 AND {RAREST}",
    )
    traits = engine.fetch(load_query(_PACKAGE, "kernel_pairs", principals=f"{float(principals)}"))
    columns = [[traits[name].to_numpy() for name in ("a", "b", "family", "weight")]]
    columns[0].append(np.zeros(traits.num_rows, np.int64))
    for source in WORK:
        # Tables of their own: engines then know how few the items are, and look the source up in them.
        engine.materialise(
            "loud_items",
            f"SELECT e.value AS item FROM {source} AS e JOIN loud_accounts AS l ON l.account_key = e.account_key "
            "WHERE e.value IS NOT NULL GROUP BY e.value",
        )
        engine.materialise("few_items", load_query(_PACKAGE, "few_holders", source=source, rarest=RAREST_WORK))
        query = load_query(_PACKAGE, "shared_work", source=source, rarest=RAREST_WORK, least=LEAST_WORK)
        work = engine.fetch(query)
        a, b, items = (work[name].to_numpy() for name in ("a", "b", "items"))
        columns.append([a, b, np.full(work.num_rows, GROUPS.index("hand-off")), work_weight(items), items])
    a, b, family, weight, items = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Ties(a.astype(np.int64), b.astype(np.int64), family, weight, items)
