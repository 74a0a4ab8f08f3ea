"""Linking a million accounts: time, memory and what is found, beside pairing accounts that share a value with a cap.

    python bench/link.py [--accounts 1000000] [--seed 77]
    python bench/link.py --difficulties hard --without payment_bin email ip_network   # no payment, e-mail, address

Both methods read the same traits, run one after the other in processes of their own on two threads, and are scored on
the same planted rings. Writes bench/results/link.json. The pairing method is the usual one: values held by 2 to 200
(and 1,000) accounts, pairs that share values of two channels, connected components of twenty or more.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse import csgraph

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import CHANNELS
from stillwatch.links.decoys import decoy_log_p
from stillwatch.links.discovery import discover, widen
from stillwatch.links.population import Population
from stillwatch.links.principals import number_principals
from stillwatch.links.trait_table import keep_traits
from stillwatch.simulate.trait_world import TRAIT_CHANNELS, TraitWorld, trait_world

RESULTS = Path(__file__).parent / "results" / "link.json"
CAPS = (200, 1000, 2000)  # the usual one; under the last the card ranges and mail shapes of a ring of 25,000 survive
LIMIT = 240.0  # seconds; a method that takes longer is stopped and said to have been


def prepare(engine: DuckDBEngine, world: TraitWorld, without: Sequence[str] = ()) -> np.ndarray:
    """`principals` and `trait_rows`, channels `without` left out, as linking expects; returns each principal's ring."""
    size = len(world.ring)
    keys = np.random.default_rng(5).permutation(size).astype(np.int64) << 15
    owner = [None if o < 0 else str(o) for o in world.accounts["owner"].to_pylist()]
    rows = {"account_key": keys, "owner": pa.array(owner, pa.string())}
    rows |= {name: world.accounts[name].cast(pa.string()) for name in ("plan", "country")}
    numbered = number_principals(pa.table(rows))
    engine.register("principals", numbered)
    names = [channel.name for channel in CHANNELS]
    places = pa.array([names.index(name) for name in TRAIT_CHANNELS], pa.int32())
    engine.register("world_channels", pa.table({"name": TRAIT_CHANNELS, "channel": places}))
    traits = world.traits
    if without:
        traits = traits.filter(pc.invert(pc.is_in(traits["channel"].cast(pa.string()), pa.array(without))))
    key = keys[traits["account_key"].to_numpy()]
    engine.register("world_traits", traits.set_column(0, "account_key", pa.array(key)))
    engine.materialise(
        "trait_rows",
        "SELECT p.principal AS principal, c.channel AS channel, t.value AS value FROM world_traits AS t "
        "JOIN world_channels AS c ON c.name = t.channel JOIN principals AS p ON p.account_key = t.account_key "
        "GROUP BY p.principal, c.channel, t.value",
    )
    by_key = np.empty(size, np.int64)
    by_key[np.argsort(np.argsort(keys))] = np.arange(size)
    principal = np.empty(size, np.int64)
    principal[np.argsort(keys)] = numbered["principal"].to_numpy()
    ring = np.full(int(principal.max()) + 1, -1, np.int64)
    np.maximum.at(ring, principal, world.ring)
    return ring


def by_traits(engine: DuckDBEngine) -> tuple[dict[str, float], list[np.ndarray]]:
    """Stillwatch: every step of linking from traits to members, decoys included."""
    laps, at = {}, time.monotonic()

    def lap(name: str) -> None:
        nonlocal at
        laps[name], at = round(time.monotonic() - at, 2), time.monotonic()

    table = keep_traits(engine)
    lap("traits")
    halves = (Population(table, table.half == 0), Population(table, table.half == 1))
    tested = discover(table, halves, seed=0)
    lap("pairs, toolkits and confirmation")
    groups = widen(tested, Population(table, np.ones(table.principals, bool)), math.log(1e-3))
    lap("members")
    decoys = decoy_log_p(table, seed=0)
    lap("decoys")
    laps["decoys beyond e-14"] = int((decoys < -14).sum())
    return laps, [fit.members for _, fit in groups]


def by_pairs(engine: DuckDBEngine, cap: int) -> tuple[dict[str, float], list[np.ndarray]]:
    """Accounts that share a value of two channels, values held by more than the cap dropped; components of twenty."""
    engine.materialise(
        "rare",
        "SELECT r.principal AS principal, r.channel AS channel, r.value AS value FROM trait_rows AS r "
        "JOIN (SELECT channel, value FROM trait_rows GROUP BY channel, value "
        f"HAVING count(*) BETWEEN 2 AND {cap}) AS k ON k.channel = r.channel AND k.value = r.value",
    )
    pairs = engine.fetch(
        "SELECT a, b FROM (SELECT x.principal AS a, y.principal AS b, x.channel AS channel FROM rare AS x "
        "JOIN rare AS y ON x.channel = y.channel AND x.value = y.value WHERE x.principal < y.principal "
        "GROUP BY x.principal, y.principal, x.channel) AS s GROUP BY a, b HAVING count(*) >= 2"
    )
    size = int(engine.scalar("SELECT max(principal) + 1 FROM principals"))  # type: ignore[call-overload]
    edges = (np.ones(pairs.num_rows, bool), (pairs["a"].to_numpy(), pairs["b"].to_numpy()))
    _, label = csgraph.connected_components(sparse.coo_matrix(edges, shape=(size, size)), directed=False)
    order = np.argsort(label, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return {"pairs": pairs.num_rows}, [part for part in parts if len(part) >= 20]


def run(
    method: Callable[..., Any],
    accounts: int,
    rings: tuple[int, ...],
    difficulty: str,
    seed: int,
    without: tuple[str, ...] = (),
) -> dict[str, Any]:
    world = trait_world(accounts, rings, difficulty, seed)
    with DuckDBEngine(memory="3GB", threads=2) as engine:
        ring = prepare(engine, world, without)
        rows = world.traits.num_rows
        del world
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        began, cpu = time.monotonic(), time.process_time()
        laps, groups = method(engine)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    found = []
    for index, size in enumerate(rings):
        best = max(groups, key=lambda members: int((ring[members] == index).sum()), default=np.empty(0, int))
        hits = int((ring[best] == index).sum())
        figures = {"precision": round(hits / len(best), 4) if hits else None, "recall": round(hits / size, 4)}
        found.append({"ring": size, "found": hits, "false": len(best) - hits, **figures})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    innocents = sum(len(m) for m in groups if (ring[m] >= 0).mean() < 0.5)
    return {
        "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "peak_memory_gb": round(peak, 2),
        "memory_before_gb": round(base, 2), "trait_rows": rows, "rings": found,
        "accounts_in_other_groups": innocents, "laps": laps,
    }  # fmt: skip


def _child(pipe: Any, *about: Any) -> None:
    try:
        pipe.send(run(*about))
    except Exception as error:  # out of memory or disk is a result
        pipe.send({"failed": f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"})


def alone(*about: Any) -> dict[str, Any]:
    """`run` in a process of its own, so that its peak memory is its own; stopped after `LIMIT`."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_child, args=(there, *about))
    process.start()
    result: dict[str, Any] = here.recv() if here.poll(LIMIT + 30) else {"stopped_after_seconds": LIMIT}
    process.kill()
    process.join()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--difficulties", nargs="+", default=["mid", "hard"])
    parser.add_argument("--without", nargs="*", default=[], help="channels that the log does not carry")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    rings = tuple(max(int(given.accounts * share), 60) for share in (0.025, 0.002, 0.0002))
    without = tuple(given.without)
    results: dict[str, Any] = {"accounts": given.accounts, "threads": 2, "without": without, "cases": []}
    for difficulty in given.difficulties:
        ours = alone(by_traits, given.accounts, rings, difficulty, given.seed, without)
        print(difficulty, "traits", json.dumps(ours), flush=True)
        case = {"difficulty": difficulty, "seed": given.seed, "traits": ours}
        for cap in CAPS if difficulty == given.difficulties[0] and not without else ():
            theirs = alone(partial(by_pairs, cap=cap), given.accounts, rings, difficulty, given.seed)
            print(difficulty, "pairs, cap", cap, json.dumps(theirs), flush=True)
            seconds = theirs.get("seconds", theirs.get("stopped_after_seconds"))
            case[f"pairs_with_cap_{cap}"] = theirs
            case[f"times_faster_than_cap_{cap}"] = seconds and round(seconds / ours["seconds"], 1)
        results["cases"].append(case)
        given.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
