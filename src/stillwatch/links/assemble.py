"""From fits, kernels and owners to `Group`s that the other rooms can read."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import numpy as np

from stillwatch.engines import Engine
from stillwatch.findings import Group, Link, Member, Mixture
from stillwatch.links.channels import CHANNELS, GROUPS
from stillwatch.links.members import Fit
from stillwatch.links.names import TraitNames
from stillwatch.links.spans import rows_of, spans
from stillwatch.links.trait_table import TraitTable

__all__ = ["Directory", "exact_p", "group_id", "mixture_group", "toolkit_links", "weakest_first"]

MOST_LINKS = 24
LEAST_SHARE = 0.02
TIES_FROM = 0.25  # a channel group ties a group when this share of members shows the toolkit in it


def exact_p(log_p: float) -> float:
    """exp(log_p), kept above 0 where it would underflow: a bound is never a certainty."""
    return 0.0 if log_p == -math.inf else max(math.exp(min(log_p, 0.0)), 1e-300)


def weakest_first(log_p: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """What is left of the p-value without each channel group, where it hurts most first."""
    return tuple((name, exact_p(value)) for name, value in sorted(log_p.items(), key=lambda item: (-item[1], item[0])))


def group_id(accounts: Sequence[str]) -> str:
    """The same accounts give the same id, in any order."""
    digest = hashlib.blake2b("\n".join(sorted(accounts)).encode(), digest_size=4)
    return f"C-{digest.hexdigest()}"


def mixture_group(mixture: Mixture, members: tuple[Member, ...]) -> Group:
    """The group of a mixture's customers."""
    return Group(
        id=group_id([member.account_id for member in members]),
        origin="mixture",
        members=members,
        p_value=exact_p(mixture.log_p),
        links=mixture.links,
        channel_groups=tuple(sorted({link.group for link in mixture.links})),
        without=weakest_first(dict(mixture.without)),
    )


class Directory:
    """Accounts by key and by principal."""

    def __init__(self, engine: Engine):
        rows = engine.fetch(
            "SELECT p.account_key AS account_key, p.principal AS principal, e.account_id AS account_id "
            "FROM principals AS p JOIN account_totals AS e ON e.account_key = p.account_key ORDER BY account_key"
        )
        self._key = rows["account_key"].to_numpy()
        self._principal = rows["principal"].to_numpy()
        self._id = np.array(rows["account_id"].to_pylist(), dtype=object)
        self._by_principal = np.argsort(self._principal, kind="stable")
        self._sorted = self._principal[self._by_principal]

    def __len__(self) -> int:
        return len(self._key)

    @property
    def principals(self) -> int:
        return int(self._sorted[-1]) + 1 if len(self._sorted) else 0

    def keys_of(self, principals: np.ndarray) -> np.ndarray:
        """Account keys of these principals."""
        return np.asarray(self._key[self._rows_of(principals)[0]])

    def principals_of(self, keys: np.ndarray) -> np.ndarray:
        """Principals of these account keys; keys that the log does not have are left out."""
        return np.unique(self._principal[rows_of(self._key, keys)])

    def _rows_of(self, principals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        places, owner = spans(self._sorted, principals)
        return self._by_principal[places], owner

    def members(self, principals: np.ndarray, probability: np.ndarray) -> tuple[Member, ...]:
        """The accounts of these principals with their principal's probability, the surest first."""
        rows, owner = self._rows_of(principals)
        chance = np.round(probability[owner], 6)
        order = np.lexsort((self._id[rows].astype(str), -chance))
        return tuple(
            Member(account_id=str(i), probability=float(p))
            for i, p in zip(self._id[rows][order], chance[order], strict=True)
        )

    def members_of_keys(self, keys: np.ndarray) -> tuple[Member, ...]:
        """These accounts, each certain."""
        return tuple(Member(account_id=str(i), probability=1.0) for i in sorted(self._id[rows_of(self._key, keys)]))


def toolkit_links(table: TraitTable, fit: Fit, names: TraitNames) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """The strongest traits of a toolkit and the channel groups that tie it."""
    order = np.argsort(-fit.share * fit.weight, kind="stable")
    order = order[fit.share[order] >= LEAST_SHARE][:MOST_LINKS]
    traits = [(int(table.channel[fit.traits[i]]), int(table.value[fit.traits[i]])) for i in order]
    labels = names.labels(traits)
    members = fit.members
    theirs = table.row_trait[rows_of(table.row_principal, members)]
    inside = np.bincount(theirs, minlength=table.traits)[fit.traits]
    outside = (table.holders[fit.traits] - inside) / max(table.principals - len(members), 1)
    links = tuple(
        Link(
            channel=CHANNELS[trait[0]].name,
            group=CHANNELS[trait[0]].group,
            value=labels[trait],
            share=round(float(fit.share[i]), 4),
            base=round(float(outside[i]), 6),
            weight=round(float(fit.weight[i]), 3),
        )
        for i, trait in zip(order, traits, strict=True)
    )
    return links, tuple(name for name, share in zip(GROUPS, fit.coverage, strict=True) if share >= TIES_FROM)
