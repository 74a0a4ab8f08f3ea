"""`python bench/watermark_trace.py [--seeds 20] [--null 2000] [--evidence FOLDER] [--out FILE]`: leak tracing.

Synthetic students (a Markov chain over 320 tokens, tilted by the accounts' keys in the shares that they marked, its own
language 0.3 nats a token from the reference's) and 1,000 account keys at family-wise level 1e-3: one account at 50, 25,
10 and 5 %, eight at 12.5, 6.3 and 3 % and at unequal shares, and none. For each: right accounts, false ones, the cohort
as one, shares with their intervals. Then wrong keys of unmarked students, and speed: 1,000 and 10,000 keys x 1 M pairs.

`--evidence FOLDER` has real students instead: NAME.npz with contexts, tokens, seen, expected (a row a pair), and
students.json with, for each NAME, {"marked": {index of key: share}, "scheme": ...} and keys.hex, one key a line.
Writes results/watermark-trace.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.prf import GOLDEN, context_hash
from stillwatch.provenance.watermark.radioactivity.expected import Evidence
from stillwatch.provenance.watermark.radioactivity.weights import NAME
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, Scheme, scheme_named
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.tracing.accusation import accuse
from stillwatch.provenance.watermark.tracing.gathering import gathered_evidence
from stillwatch.provenance.watermark.tracing.trace import Finding, trace

HERE = Path(__file__).parent
VOCABULARY, TOKENS, KEYS, LEVEL, STRENGTH, DRIFT = 320, 50_000, 1000, 1e-3, 2.0, 0.3
EIGHT = range(40, 48)
COHORTS = [np.arange(8 * n, 8 * n + 8) for n in range(20)]
STUDENTS: dict[str, dict[int, float]] = {
    "one at 50 %": {17: 0.5},
    "one at 25 %": {17: 0.25},
    "one at 10 %": {17: 0.1},
    "one at 5 %": {17: 0.05},
    "eight at 12.5 %": dict.fromkeys(EIGHT, 0.125),
    "eight at 6.3 %": dict.fromkeys(EIGHT, 0.0625),
    "eight at 3 %": dict.fromkeys(EIGHT, 0.03),
    "eight, 50 % halved each time": {place: 0.5 / 2**n for n, place in enumerate(EIGHT)},
    "none": {},
}

Array = NDArray[np.float64]


def pairs_for(contexts: NDArray[np.int32], tokens: NDArray[np.int32]) -> Pairs:
    """Pairs of given contexts int32[n, width] and tokens, in no text."""
    unique, place = np.unique(contexts, axis=0, return_inverse=True)
    width = contexts.shape[1]
    heads = np.array([context_hash(row, width, width) for row in unique.astype(np.int32)], np.uint64)
    hashes = heads[place.ravel()] + (tokens.astype(np.uint64) + np.uint64(1)) * GOLDEN
    none = np.zeros(len(tokens), np.int64)
    return Pairs(hashes, contexts.astype(np.int32), tokens.astype(np.int32), none, none - 1)


class Chain:
    """The reference's language and every pair of it."""

    def __init__(self, seed: int) -> None:
        every = np.arange(VOCABULARY, dtype=np.int32)
        self.law = np.random.default_rng(seed).dirichlet(np.full(VOCABULARY, 0.05), VOCABULARY)
        self.pairs = pairs_for(np.repeat(every, VOCABULARY)[:, None], np.tile(every, VOCABULARY))

    def student(self, marked: dict[int, float], keys: list[bytes], scheme: Scheme, seed: int) -> Evidence:
        random = np.random.default_rng(seed)
        own = self.law * np.exp(DRIFT * random.standard_normal(self.law.shape))
        own /= own.sum(1, keepdims=True)
        mixed = own * (1 - sum(marked.values()))
        for place, share in marked.items():
            values = scheme.values(self.pairs, keys[place]).reshape(own.shape)
            if isinstance(scheme, Kgw):
                law = own * np.exp(STRENGTH * values)
            else:
                score = np.log(-np.expm1(-values)) / np.maximum(own, 1e-12)
                law = (score == score.max(1, keepdims=True)).astype(float)
            mixed += share * law / law.sum(1, keepdims=True)
        visits = random.multinomial(TOKENS, np.full(VOCABULARY, 1 / VOCABULARY))
        seen = np.array([random.multinomial(n, p / p.sum()) for n, p in zip(visits, mixed, strict=True)], float).ravel()
        expected = (visits[:, None] * self.law).ravel()
        kept = np.flatnonzero((seen > 0) | (expected >= 0.02))
        return Evidence(self.pairs.take(kept), seen[kept], expected[kept], TOKENS, "closed")


def traced(evidence: Evidence, scheme: Scheme, keys: list[bytes], *, pooled: bool, decoys: int = 1000) -> Finding:
    gathered = gathered_evidence("student", evidence, NAME)
    strength = STRENGTH if isinstance(scheme, Kgw) else None
    members = COHORTS if pooled else []
    return trace(gathered.suspicion, scheme, keys, members=members, level=LEVEL, decoys=decoys, strength=strength)


def row_of(found: Finding, marked: dict[int, float]) -> dict[str, Any]:
    accused = set(np.flatnonzero(found.accusation.accused).tolist())
    named = set(np.flatnonzero(found.accusation.cohorts).tolist())
    guilty = [n for n in range(len(found.cohort_z)) if set(COHORTS[n].tolist()) & set(marked)]
    told = {place: share for place, share in found.shares.items() if place in marked}
    return {
        "right": len(accused & set(marked)), "false": len(accused - set(marked)), "sound": found.decoys.sound,
        "cohorts_right": len(named & set(guilty)), "cohorts_false": len(named - set(guilty)),
        "cohort_log10_p": min((float(found.cohort_log10_p[n]) for n in guilty), default=None),
        "product_log10_p": min((float(found.products[n]) for n in guilty), default=None),
        "best_log10_p": min((float(found.log10_p[n]) for n in marked), default=float(found.log10_p.min())),
        "within": sum(share.low <= marked[place] <= share.high for place, share in told.items()),
        "shares": [share.estimate for share in told.values()],
    }  # fmt: skip


def summary(
    name: str, scheme: str, pooled: bool, marked: dict[int, float], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    def median(field: str) -> float | None:
        values = [row[field] for row in rows if row[field] is not None]
        return round(float(np.median(values)), 1) if values else None

    def total(field: str) -> int:
        return sum(int(row[field]) for row in rows)

    shares = [share for row in rows for share in row["shares"]]
    return {
        "student": name, "scheme": scheme, "cohorts_given": pooled, "seeds": len(rows), "marked": len(marked),
        "right_mean": round(total("right") / len(rows), 2), "right_least": min(row["right"] for row in rows),
        "false_total": total("false"), "abstained": len(rows) - total("sound"),
        "cohort_right": total("cohorts_right"), "cohort_false": total("cohorts_false"),
        "median_cohort_log10_p": median("cohort_log10_p"), "median_product_log10_p": median("product_log10_p"),
        "median_best_log10_p": median("best_log10_p"), "shares_told": len(shares),
        "shares_within_interval": total("within"), "median_share": round(float(np.median(shares or [0])), 3),
    }  # fmt: skip


def synthetic(seeds: int, keys: list[bytes]) -> Iterator[dict[str, Any]]:
    for scheme in (Kgw(width=1), Gumbel(width=1)):
        for name, marked in STUDENTS.items():
            for pooled in (False, True):
                rows = []
                for seed in range(seeds):
                    evidence = Chain(seed).student(marked, keys, scheme, seed)
                    rows.append(row_of(traced(evidence, scheme, keys, pooled=pooled), marked))
                yield summary(name, scheme.name, pooled, marked, rows)


def nulls(seeds: int) -> dict[str, Any]:
    """Unmarked students, 1,000 fresh wrong keys each: how often anybody is accused, and how the p-values lie."""
    scheme, chain, random = Kgw(width=1), Chain(0), np.random.default_rng(11)
    accused, lowest = 0, []
    below = dict.fromkeys((2, 3, 4, 5, 6), 0)
    for seed in range(seeds):
        keys = [random.bytes(32) for _ in range(KEYS)]
        evidence = chain.student({}, keys, scheme, 10_000 + seed)
        suspicion = gathered_evidence("student", evidence, "").suspicion
        weights = suspicion.weights(evidence.expected)
        log10_p = Tail(weights, scheme.law).log10_p(scheme.totals(evidence.pairs, weights, keys))
        accused += bool(accuse(lambda _, log10_p=log10_p: log10_p, LEVEL).accused.any())
        lowest.append(float(log10_p.min()))
        for power in below:
            below[power] += int((log10_p <= -power).sum())
    ratio = {f"1e-{power}": round(count / (seeds * KEYS) * 10.0**power, 3) for power, count in below.items()}
    return {
        "students": seeds, "keys_each": KEYS, "level": LEVEL, "students_with_an_accusation": accused,
        "expected_at_most": seeds * LEVEL, "share_below_over_nominal": ratio, "lowest_log10_p": round(min(lowest), 2),
    }  # fmt: skip


def speed() -> list[dict[str, Any]]:
    random = np.random.default_rng(1)
    made = []
    for scheme in (Kgw(width=1), Gumbel(width=1)):
        for pairs, keys in ((1_000_000, 1000), (1_000_000, 10_000)):
            if isinstance(scheme, Gumbel) and keys > 1000:
                continue
            none = np.zeros(pairs, np.int64)
            hashes = random.integers(0, 2**64, pairs, np.uint64)
            own = Pairs(hashes, np.zeros((pairs, 1), np.int32), np.zeros(pairs, np.int32), none, none)
            weights = random.standard_normal(pairs)
            every = [random.bytes(32) for _ in range(keys)]
            scheme.totals(own, weights, every[:2])
            begin = time.perf_counter()
            totals = scheme.totals(own, weights, every)
            scored = time.perf_counter() - begin
            Tail(np.round(weights, 2), scheme.law).log10_p(totals)
            whole = time.perf_counter() - begin
            made.append({"scheme": scheme.name, "pairs": pairs, "keys": keys, "seconds": round(scored, 2)})
            made[-1]["with_tails"] = round(whole, 2)
    return made


def real(folder: Path) -> Iterator[dict[str, Any]]:
    keys = [bytes.fromhex(line) for line in (folder / "keys.hex").read_text().split()]
    for name, told in json.loads((folder / "students.json").read_text()).items():
        scheme = scheme_named(told["scheme"])
        with np.load(folder / f"{name}.npz") as columns:
            pairs = pairs_for(columns["contexts"], columns["tokens"])
            seen, expected = columns["seen"].astype(float), columns["expected"].astype(float)
        tokens = int(told.get("tokens", seen.sum()))
        evidence = Evidence(pairs, seen, expected, tokens, told.get("access", "closed"))
        marked = {int(place): float(share) for place, share in told["marked"].items()}
        for pooled in (False, True):
            rows = [row_of(traced(evidence, scheme, keys, pooled=pooled), marked)]
            yield summary(name, scheme.name, pooled, marked, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--null", type=int, default=2000)
    parser.add_argument("--evidence", type=Path)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "watermark-trace.json")
    asked = parser.parse_args()
    keys = [np.random.default_rng(n).bytes(32) for n in range(KEYS)]
    rows = []
    for row in real(asked.evidence) if asked.evidence else synthetic(asked.seeds, keys):
        rows.append(row)
        print(*row.values(), sep="\t", flush=True)
    made = {
        "what": "leak tracing, 1,000 account keys", "students": "real" if asked.evidence else "synthetic",
        "level": LEVEL, "tokens": TOKENS, "strength": STRENGTH, "drift_nats": DRIFT, "weight": NAME,
        "rows": rows,
        **({} if asked.evidence else {"wrong_keys": nulls(asked.null), "speed": speed()}),
        "machine": platform.machine(), "numpy": np.__version__,
    }  # fmt: skip
    asked.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: made.get(name) for name in ("wrong_keys", "speed")}))


if __name__ == "__main__":
    main()
