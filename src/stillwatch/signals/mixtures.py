"""Finds the campaign inside a reseller: customers of one account, or accounts of one owner, that form one component.

A carrier is an account with five end users (or keys) or more, or an owner that resells through five accounts or more.
Its parts are split by a mixture of two binomials over how often they ask for reasoning, grading or data, refined by the
software and the templates that the eager part shares and the rest does not (Dempster, Laird & Rubin, 1977). Whether the
component is one operation is tested on the sharing: how many eager parts have one style, against how many would if
being eager and having the style went independently. What the component does is judged elsewhere, like any group.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.findings import Link, Mixture
from stillwatch.signals.account_mixture import AccountMixture
from stillwatch.signals.evidence import Floats
from stillwatch.signals.measure import Built, keep_partials, missing

__all__ = ["find_mixtures"]

FEWEST_PARTS = 5
FEWEST_HITS = 3  # of some part, or nobody in the carrier is worth a look
FEWEST_EXCHANGES = 40  # of a component
MOST_SHARE = 0.8  # of the carrier: beyond, the carrier itself is the harvester
MOST_COMPONENTS = 3  # of one carrier
EAGER = 0.3  # least rate of hits of a component
LIFT = 4.0  # over the carrier's other parts, and of a style that is the component's own
DIVERSE = 8.0  # styles among the other parts, by inverse Simpson: fewer, and they are one product's users
SURE, CERTAIN = 0.5, 0.9
ROUNDS = 12
MOST_LINKS = 8
CHANNELS = (("parameters", "software"), ("stack", "software"), ("skeleton", "task"), ("system_hash", "task"))

Keys = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shared = dict[str, dict[int, Bools]]  # by column and value: which parts of a carrier send it


@dataclass(frozen=True, slots=True)
class Carrier:
    """One account or owner that deals on behalf of others, and its parts in a fixed order."""

    name: str
    account: Keys  # by part
    part: npt.NDArray[np.object_]  # "": the whole account
    exchanges: Keys
    hits: Keys


class Ordinary:
    """All accounts of the log, as those that a component is no more than one of."""

    def __init__(self, exchanges: Keys, hits: Keys):
        self._rate = hits / np.maximum(exchanges, 1)
        self._hits = hits

    def rare(self, rate: float, hits: Floats) -> Floats:
        """By count of hits: the share of accounts that ask as often and at this rate, at least one."""
        ordered = np.sort(self._hits[self._rate >= rate])
        return np.asarray((1 + len(ordered) - np.searchsorted(ordered, hits)) / (1 + len(self._hits)))


def find_mixtures(engine: Engine, built: Built | None = None) -> list[Mixture]:
    """Components of carriers, the surest first. Needs the views exchanges, accounts and contracts.

    Organisations with another contract than a reseller's are left whole: what such a contract explains, it explains for
    all of their accounts. `built` as for `keep_partials`.
    """
    signal = AccountMixture()
    if missing(engine, [signal])[signal.code] or not keep_partials(engine, signal, built):
        return []
    accounts = engine.fetch(load_query("stillwatch.signals", "mixture_accounts"))
    people = {row["account_key"]: row for row in accounts.to_pylist()}
    carriers = [carrier for carrier in _carriers(engine, signal, people) if _eager(carrier)]
    if not carriers:
        return []
    asked = engine.fetch(
        f"SELECT CAST(sum(exchanges) AS BIGINT) AS exchanges, CAST(sum(hits) AS BIGINT) AS hits FROM {signal.table} "
        "GROUP BY account_key"
    )
    ordinary = Ordinary(asked["exchanges"].to_numpy(), asked["hits"].to_numpy())
    keys = np.unique(np.concatenate([one.account for one in carriers]))
    engine.register("mixture_carriers", pa.table({"account_key": keys}))
    engine.materialise("mixture_sent", load_query("stillwatch.signals", "mixture_sent"))
    styles = {
        name: engine.fetch(load_query("stillwatch.signals", "mixture_styles", column=name)) for name, _ in CHANNELS
    }
    found: list[Mixture] = []
    for carrier in carriers:
        reseller = bool(people[int(carrier.account[0])]["resells"])
        shared = {name: _styles(carrier, rows) for name, rows in styles.items()}
        taken = [key for one in found for key, part, _ in one.parts if not part]
        free = ~np.isin(carrier.account, taken)
        for _ in range(MOST_COMPONENTS):
            component = _component(carrier, shared, free, ordinary)
            if component is None or not (reseller or _diverse(shared["parameters"], ~component)):
                break
            free &= ~component
            found.append(_mixture(carrier, component, shared, ordinary, len(carriers), people))
    return sorted(found, key=lambda one: (one.log_p, one.members))


def _eager(carrier: Carrier) -> bool:
    return bool((carrier.hits >= np.maximum(EAGER * carrier.exchanges, FEWEST_HITS)).any())


def _carriers(engine: Engine, signal: AccountMixture, people: dict[int, dict[str, Any]]) -> Iterator[Carrier]:
    """Owners that resell through their accounts, then accounts that deal for end users or by keys."""
    owners: dict[str, list[dict[str, Any]]] = {}
    for row in people.values():
        if row["org_id"] is not None and row["resells"] and not row["agreed"]:
            owners.setdefault(row["org_id"], []).append(row)
    for name, rows in sorted(owners.items()):
        if len(rows) >= FEWEST_PARTS:
            key, count, hit = (np.array([row[at] for row in rows]) for at in ("account_key", "exchanges", "hits"))
            yield Carrier(name, key, np.array([""] * len(key), dtype=object), count, hit)
    table = engine.fetch(load_query("stillwatch.signals", "mixture_parts", partials=signal.table))
    account, exchanges, hits = (table[name].to_numpy() for name in ("account_key", "exchanges", "hits"))
    part = table["part"].to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.diff(account, prepend=account[:1] - 1))
    for start, end in zip(starts, np.append(starts[1:], len(account)), strict=False):
        one = people.get(int(account[start]))
        if one is not None and not one["agreed"]:
            place = slice(start, end)
            yield Carrier(one["account_id"], account[place], part[place], exchanges[place], hits[place])


def _styles(carrier: Carrier, rows: pa.Table) -> dict[int, Bools]:
    """By value of one column: which parts of the carrier send it at all. `rows` come in order of their accounts."""
    whole = not carrier.part[0]
    places = {key: place for place, key in enumerate(zip(carrier.account.tolist(), carrier.part, strict=True))}
    found: dict[int, Bools] = {}
    keys = rows["account_key"].to_numpy()
    for account in np.unique(carrier.account):
        begin, end = np.searchsorted(keys, account, "left"), np.searchsorted(keys, account, "right")
        for row in rows.slice(begin, end - begin).to_pylist():
            place = places.get((row["account_key"], "" if whole else row["part"]))
            if place is not None:
                found.setdefault(row["style"], np.zeros(len(places), bool))[place] = True
    return found


def _diverse(styles: dict[int, Bools], rest: Bools) -> bool:
    counts = np.array([(has & rest).sum() for has in styles.values()], float)
    return bool(counts.sum() > 0 and counts.sum() ** 2 / (counts**2).sum() >= DIVERSE)


def _component(carrier: Carrier, shared: Shared, free: Bools, ordinary: Ordinary) -> Bools | None:
    """The parts that form one component; None where the carrier is of one piece.

    However much and purely a part asks, that tells no more than how rare accounts are that ask half as much.
    """
    count, hits = carrier.exchanges.astype(float), carrier.hits.astype(float)
    rates = (hits + 0.5) / (count + 1.0)
    weight = np.where(free, (rates > max(EAGER, float(hits[free].sum() / max(count[free].sum(), 1)))) * 0.9, 0.0)
    for step in range(ROUNDS):
        inside, outside = _rate(hits, count, weight), _rate(hits, count, np.where(free, 1 - weight, 0.0))
        if weight.sum() < SURE or inside < EAGER or inside < LIFT * outside:
            return None
        odds = hits * math.log(inside / outside) + (count - hits) * math.log((1 - inside) / (1 - outside))
        odds = np.minimum(odds, -np.log(ordinary.rare(inside / 2, hits / 2)))
        odds += math.log((weight.sum() + 0.5) / (free.sum() - weight.sum() + 0.5))
        if step > 1 and weight.sum() > 1.5:
            odds += _style_odds(shared, weight, free)
        weight = np.where(free, 1 / (1 + np.exp(-np.clip(odds, -50, 50))), 0.0)
    chosen: Bools = weight > CERTAIN
    if chosen.sum() < 2:  # a loner: whoever else may be one shares nothing with it
        chosen = (np.arange(len(weight)) == int(weight.argmax())) & (weight > SURE)
    share = count[chosen].sum() / max(count.sum(), 1)
    return chosen if count[chosen].sum() >= FEWEST_EXCHANGES and share <= MOST_SHARE else None


def _rate(hits: Floats, count: Floats, weight: Floats) -> float:
    return float((hits @ weight + 0.5) / (count @ weight + 2.0))


def _style_odds(shared: Shared, weight: Floats, free: Bools) -> Floats:
    # By channel the style that tells the component best; of one channel group the better one counts, once.
    odds = {group: np.zeros(len(weight)) for _, group in CHANNELS}
    for name, group in CHANNELS:
        for has in shared[name].values():
            inside = (weight @ has + 0.5) / (weight.sum() + 1.0)
            outside = ((free - weight) @ has + 0.5) / (free.sum() - weight.sum() + 1.0)
            if inside >= SURE and inside >= LIFT * outside:
                gain = np.where(has, math.log(inside / outside), math.log((1 - inside) / (1 - outside)))
                odds[group] = np.where(np.abs(gain) > np.abs(odds[group]), gain, odds[group])
    return np.asarray(sum(odds.values()))


def _mixture(
    carrier: Carrier,
    chosen: Bools,
    shared: Shared,
    ordinary: Ordinary,
    carriers: int,
    people: dict[int, dict[str, Any]],
) -> Mixture:
    rates = carrier.hits / np.maximum(carrier.exchanges, 1)
    eager = rates >= max(float(np.median(rates[chosen])) / 2, EAGER / 2)
    rare = float(ordinary.rare(float(rates[eager].min()), np.array(float(carrier.hits[eager].min()))))
    tried = sum(len(values) for values in shared.values()) * carriers
    best: dict[str, float] = {}
    links: list[Link] = []
    for name, group in CHANNELS:
        for value, has in shared[name].items():
            inside, outside = float((has & chosen).sum()), float((has & ~chosen).sum())
            rate = (outside + 1) / max(int((~chosen).sum()), 1)
            expected = max(len(chosen) * rare * min(rate, 1.0), 1e-9)
            both = float((has & chosen & eager).sum())
            surprise = both - expected - both * math.log(both / expected) if both > expected else 0.0
            log_p = min(0.0, surprise + math.log(max(tried, 1)))
            if both >= 2 and inside / chosen.sum() >= max(SURE, LIFT * rate) and log_p < 0:
                best[group] = min(best.get(group, 0.0), log_p)
                weight = math.log(inside / chosen.sum() / rate)
                links.append(
                    Link(
                        channel=name.removesuffix("_hash"),
                        group=group,
                        value=f"{value & (2**64 - 1):016x}",
                        share=round(inside / int(chosen.sum()), 4),
                        base=round(outside / max(int((~chosen).sum()), 1), 6),
                        weight=round(weight, 3),
                    )
                )
    members = [
        (int(key), str(part), f"{people[int(key)]['account_id']}/{part}" if part else people[int(key)]["account_id"])
        for key, part in zip(carrier.account[chosen], carrier.part[chosen], strict=True)
    ]
    return Mixture(
        carrier=carrier.name,
        parts=tuple((key, part, part_key(key, part)) for key, part, _ in members),
        members=tuple(name for _, _, name in members),
        share=float(carrier.exchanges[chosen].sum() / max(carrier.exchanges.sum(), 1)),
        log_p=min(best.values(), default=0.0),
        without=tuple((group, min((p for g, p in best.items() if g != group), default=0.0)) for group in sorted(best)),
        links=tuple(sorted(links, key=lambda link: (-link.weight, link.channel, link.value))[:MOST_LINKS]),
    )


def part_key(account_key: int, part: str) -> int:
    """The account key under which a part goes from now on: the same tomorrow. A whole account keeps its own."""
    if not part:
        return account_key
    digest = hashlib.blake2b(
        part.encode("utf-8", "replace"), digest_size=8, key=account_key.to_bytes(8, "little", signed=True)
    )
    return int.from_bytes(digest.digest(), "little", signed=True)
