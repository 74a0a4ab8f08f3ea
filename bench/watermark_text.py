"""`python bench/watermark_text.py [--part keys power speed spans] [--out FILE]`: detection of marks in text.

(a) wrong keys on marked text: are their p-values those of chance; (b) power: share of texts found at a false-positive
rate of 1e-6, by tokens and entropy, with exact tails; (c) speed: one key with dedup, 1,000 keys over a million pairs;
(d) spans: 200 marked of 3,000 tokens, and documents without a mark. Writes results/watermark-text.json and .svg.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from stillwatch.provenance.watermark.keys import KeyName, Master, derive
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text import Candidate, Documents, check_decoys, find_spans
from watermark_source import source_of, write

HERE = Path(__file__).parent
ENTROPIES = (0.3, 0.6, 1.0, 2.0)
TOKENS = (25, 50, 75, 100, 150, 200, 300, 400, 600, 800, 1200, 2400)
SCHEMES: tuple[tuple[str, Gumbel | Kgw, float], ...] = (
    ("kgw .25/2", Kgw(width=1), 2.0),
    ("kgw .25/4", Kgw(width=1), 4.0),
    ("gumbel", Gumbel(width=4), 0.0),
)
LEVEL = 1e-6


def key_of(number: int) -> bytes:
    return derive(MASTER, KeyName(provider="bench", scheme="any", epoch="1", account=f"account-{number}"))


MASTER = Master(bytes(range(32)))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def wrong_keys(texts: int = 10, keys: int = 10_000) -> list[dict[str, Any]]:
    """20,000 marked tokens under 10,000 keys that did not mark them."""
    rows = []
    source = source_of(1.0)
    kinds: dict[str, Callable[[int], bytes]] = {
        "random": lambda n: np.random.default_rng([9, n]).bytes(32),
        "derived for adjacent accounts": lambda n: key_of(n + 1),
        "derived from adjacent masters": lambda n: derive(
            Master(bytes(range(28)) + n.to_bytes(4)), KeyName(provider="bench", scheme="any", epoch="1", account="a")
        ),
        "adjacent numbers, first half": lambda n: (int.from_bytes(key_of(0)[:8]) ^ (n + 1)).to_bytes(8) + key_of(0)[8:],
        "adjacent numbers, second half": lambda n: (
            key_of(0)[:8] + (int.from_bytes(key_of(0)[8:16]) ^ (n + 1)).to_bytes(8)
        ),
    }
    for name, scheme, delta in (SCHEMES[0], SCHEMES[2]):
        text = write(source, scheme, key_of(0), texts, 20_000 // texts, delta=delta, seed=1)
        pairs = distinct_pairs(Texts.of(list(text)), scheme.width)
        weights = np.ones(len(pairs))
        tail = Tail(weights, scheme.law)
        right = float(tail.log10_p(scheme.totals(pairs, weights, [key_of(0)]))[0])
        for kind, make in kinds.items():
            say(f"wrong keys: {name}, {kind}")
            totals = scheme.totals(pairs, weights, [make(n) for n in range(keys)])
            log10_p = tail.log10_p(totals)
            rows.append(
                {"scheme": name, "kind": kind, "keys": keys, "pairs": len(pairs), "right_key_log10_p": right,
                 "share_at_5_percent": float(np.mean(log10_p <= np.log10(0.05))),
                 "lowest_log10_p": float(log10_p.min()),
                 "below_1e-6": int(np.sum(log10_p < -6)), "deviation": float(np.std(totals / tail.deviation))}
            )  # fmt: skip
        sound = check_decoys(scheme, pairs, weights, tail)
        rows[-1]["decoys"] = sound.text
    return rows


def power(texts: int = 300) -> list[dict[str, Any]]:
    rows = []
    for entropy in ENTROPIES:
        source = source_of(entropy)
        for name, scheme, delta in SCHEMES:
            say(f"power: {name} at {entropy} nats")
            made = write(source, scheme, key_of(0), texts, max(TOKENS), delta=delta, seed=2)
            found = np.zeros(len(TOKENS))
            tails: dict[int, Tail] = {}
            for text in made:
                pairs = distinct_pairs(Texts.of([text]), scheme.width)
                sums = np.cumsum(scheme.values(pairs, key_of(0)) - scheme.law.mean)
                for i, tokens in enumerate(TOKENS):
                    scored = int(np.searchsorted(pairs.positions, tokens, "left"))
                    tail = tails.setdefault(scored, Tail(np.ones(scored), scheme.law))
                    found[i] += float(tail.log10_p(sums[scored - 1])[0]) <= np.log10(LEVEL)
            shares = found / texts
            reach = {
                f"tokens_for_{share}": next((n for n, s in zip(TOKENS, shares, strict=True) if s >= share), None)
                for share in (0.5, 0.9, 0.99)
            }
            rows.append(
                {"entropy": entropy, "measured_entropy": source.entropy, "share_below_0.1_nats": source.certain,
                 "scheme": name, "texts": texts, **reach,
                 "tpr": dict(zip(map(str, TOKENS), shares.tolist(), strict=True))}
            )  # fmt: skip
    return rows


def speed(tokens: int = 1_000_000, keys: int = 1000, rounds: int = 5) -> dict[str, Any]:
    """Best of some rounds, and CPU seconds beside wall seconds: the machine may be shared."""
    made: dict[str, Any] = {"tokens": tokens, "keys": keys}
    rng = np.random.default_rng(0)
    secrets = [key_of(n) for n in range(keys)]
    for name, scheme in (("kgw", Kgw(width=2)), ("gumbel", Gumbel(width=4))):
        say(f"speed: {name}")
        texts = Texts.of(list(rng.integers(0, 128_000, (tokens // 1000, 1000)).astype(np.int32)))

        def one(scheme: Any = scheme, texts: Texts = texts) -> None:
            pairs = distinct_pairs(texts, scheme.width)
            total = float(scheme.values(pairs, secrets[0]).sum()) - len(pairs) * scheme.law.mean
            Tail(np.ones(len(pairs)), scheme.law).log10_p(total)

        pairs = distinct_pairs(texts, scheme.width)
        weights = np.ones(len(pairs))

        def many(scheme: Any = scheme, pairs: Any = pairs, weights: Any = weights) -> None:
            scheme.totals(pairs, weights, secrets)

        for what, run, work in (("one_key_tokens_per_second", one, tokens), ("1000_keys_seconds", many, None)):
            run()
            wall, cpu = [], []
            for _ in range(rounds):
                a, c = time.perf_counter(), time.process_time()
                run()
                wall.append(time.perf_counter() - a)
                cpu.append(time.process_time() - c)
            made[f"{name}_{what}"] = work / min(wall) if work else min(wall)
            made[f"{name}_{what}_cpu_seconds"] = min(cpu)
    return made


def spans(documents: int = 40, plain: int = 200) -> list[dict[str, Any]]:
    rows = []
    source = source_of(1.0)
    for name, scheme, delta in SCHEMES:
        say(f"spans: {name}")
        keys = [
            Candidate(KeyName(provider="bench", scheme=scheme.name, epoch="1", account=f"a{n}"), key_of(n))
            for n in range(20)
        ]
        rng = np.random.default_rng(3)
        hit = tokens = right = 0
        for seed in range(documents):
            own = write(source, scheme, key_of(seed % 20), 1, 200, delta=delta, seed=100 + seed)[0]
            around = write(source, scheme, None, 1, 2800, seed=300 + seed)[0]
            at = int(rng.integers(0, 2800))
            text = np.concatenate([around[:at], own, around[at:]])
            for span in find_spans(_bundle([text]), scheme, keys, 0.01):
                if span.key_id == keys[seed % 20].name.id:
                    right += len(set(range(span.start, span.end)) & set(range(at, at + 200)))
                    hit += 1
                tokens += span.end - span.start
        innocent = write(source, scheme, None, plain, 600, seed=4)
        alone = [len(find_spans(_bundle([text]), scheme, keys, 0.01)) > 0 for text in innocent]
        rows.append(
            {"scheme": name, "documents": documents, "keys": len(keys), "spans_found": hit,
             "recall": right / (200 * documents), "precision": right / tokens if tokens else None,
             "unmarked_documents": plain, "unmarked_with_a_span_at_.01": int(sum(alone))}
        )  # fmt: skip
    return rows


def _bundle(texts: list[Any]) -> Documents:
    run = Texts.of(texts)
    ids = tuple(f"d{n}" for n in range(len(texts)))
    return Documents(run, ids, ("",) * len(ids), np.full((len(run.tokens), 2), -1, np.int32), (None,) * len(ids))


def draw(rows: list[dict[str, Any]], out: Path) -> None:
    import altair as alt

    points = [
        {"tokens": int(n), "share found": share, "scheme": row["scheme"], "entropy": f"{row['entropy']} nats"}
        for row in rows
        for n, share in row["tpr"].items()
    ]
    chart = (
        alt.Chart(alt.Data(values=points))
        .mark_line(point=True)
        .encode(
            x=alt.X("tokens:Q", scale=alt.Scale(type="log"), title="tokens"),
            y=alt.Y("share found:Q", title="share found at 1e-6"),
            color="scheme:N",
            facet=alt.Facet("entropy:N", columns=2, title="mean entropy a token"),
        )
        .properties(width=260, height=160)
    )
    chart.save(str(out.with_suffix(".svg")))


def main() -> None:
    parts: dict[str, Callable[[], Any]] = {"keys": wrong_keys, "power": power, "speed": speed, "spans": spans}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="*", choices=parts, default=list(parts))
    parser.add_argument("--out", type=Path, default=HERE / "results" / "watermark-text.json")
    chosen = parser.parse_args()
    made = json.loads(chosen.out.read_text()) if chosen.out.exists() else {}
    for part in chosen.part:
        made[part] = parts[part]()
        chosen.out.write_text(json.dumps(made, indent=1) + "\n")
    if "power" in made:
        draw(made["power"], chosen.out)


if __name__ == "__main__":
    main()
