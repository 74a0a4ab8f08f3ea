"""Window test against the published kernel test, and what the test promises over tenants, time and drift.

    python bench/window.py [pairs] [sources] [alarms] [tenants] [year] [drift] [accounts] [speed]

Parts can be run one by one; each replaces its own part of bench/results/window.json; drawing and docs/window-test.md
are made anew. The prompts are read from ../shared/data. Only benign prompts are ever fitted on. The design (which
components there are, how they are added) was chosen while looking at these same pairs and sources: figures on other
data may be lower. One process, one thread; some 15 minutes of CPU.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np

from prompt_corpora import Corpus, joined, pairs, sources
from stillwatch.signals.windows import KernelTest, Prompts, TenantTest, WindowTest, by_account, by_prompt, kernel_of
from window_days import LEVEL, drift, year
from window_page import write_page
from word_vectors import WordVectors

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "window.json"
DRAWING = ROOT / "bench" / "results" / "window.svg"
SEEDS = (1, 20, 42)  # the paper's
SIZES = (1500, 500)
SHARES = (0.05, 0.1, 0.25, 0.5, 1.0)  # of a window that is the attackers'
# Windows a seed, by the attackers' share; "most": prompts of an attacker that are drawn from.
PAIR_WINDOWS: Any = {0.05: 12, 0.1: 12, 0.25: 2, 0.5: 2, 1.0: 2, "most": 1500}
SOURCE_WINDOWS: Any = {0.05: 5, 0.1: 5, 0.25: 2, "most": 400}
BENIGN_WINDOWS = 4  # of one split they share most of their prompts: false alarms are counted over splits, in `alarms`
REST = 20000  # prompts of the rest that the window test compares with, at most: what the pairs leave is all taken
LARGE = 6000  # so many where windows of one reference are timed or shared out; the kernel test's axes need no more
AXES = 384  # of the kernel test's embedding
FEW = 2000  # prompts that the kernel test draws its reference, and held-out ones, from: all pairs must fit in memory


def split(benign: Corpus, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(held-out rows, reference rows): a fifth is held out, or as much as one window needs."""
    held = max(len(benign) // 5, size)
    order = random.permutation(len(benign))
    return order[:held], order[held:][:REST]


def trial(benign: Corpus, attackers: dict[str, Corpus], counts: dict[float, int], seed: int) -> list[dict[str, Any]]:
    """Alarms of both tests on the same windows, by attackers' share; windows 0: the attackers' pool is too small.

    The kernel test's embedding is fitted on one half of LARGE prompts of the reference, its reference is of the other.
    """
    rows: list[dict[str, Any]] = []
    for size in SIZES:
        random = np.random.default_rng([seed, size])
        held, known = split(benign, size, random)
        held = held[: max(FEW, size)]
        few = known[:LARGE]
        vectors = WordVectors(benign.words[few[: len(few) // 2]], axes=AXES, seed=seed)
        known_half = few[len(few) // 2 :][:FEW]
        hostile = {name: random.permutation(len(one))[: counts["most"]] for name, one in attackers.items()}  # type: ignore[index]
        groups = [benign.take(held), *(one.take(hostile[name]) for name, one in attackers.items())]
        starts = np.cumsum([0, *map(len, groups)])
        everything = Prompts.join([group.prompts for group in groups])
        embedded = np.concatenate([vectors(group.words) for group in groups] + [vectors(benign.words[known_half])])
        own = np.arange(starts[-1], len(embedded))
        kernel = kernel_of(embedded, own)
        baseline = KernelTest(kernel, own, size=min(size, len(own)), seed=seed)
        test = WindowTest(benign.prompts.take(known), seed=seed, shared=True)
        honest = np.arange(starts[1])
        todo: list[tuple[str, float, int]] = [("", 0.0, BENIGN_WINDOWS)]
        todo += [(name, share, count) for name in attackers for share, count in counts.items() if share != "most"]
        for name, share, count in todo:
            hostiles = round(share * size)
            pool = (
                np.arange(starts[1 + list(attackers).index(name)], starts[2 + list(attackers).index(name)])
                if name
                else honest[:0]
            )
            if hostiles > len(pool):
                rows.append({"name": name, "size": size, "seed": seed, "share": share, "windows": 0})
                continue
            windows = [
                np.concatenate([random.permutation(honest)[: size - hostiles], random.permutation(pool)[:hostiles]])
                for _ in range(count)
            ]
            p_values = np.array([test.judge(everything.take(window)).p_value for window in windows])  # type: ignore[union-attr]
            rows.append(
                {
                    "name": name,
                    "size": size,
                    "seed": seed,
                    "share": share,
                    "windows": count,
                    "axes": AXES,
                    "window_test": int(np.sum(p_values <= LEVEL)),
                    "kernel_test": int(baseline.alarms(windows).sum()),
                }
            )
    return rows


def protocol_pairs() -> list[dict[str, Any]]:
    """The paper's protocol on every attacker-normal pair."""
    found: list[dict[str, Any]] = []
    for name, benign, attacker in pairs():
        for seed in SEEDS:
            found += [{"benign": name} | row for row in trial(benign, {name: attacker}, PAIR_WINDOWS, seed)]
        show([row for row in found if row["benign"] == name])
    return found


def protocol_sources() -> list[dict[str, Any]]:
    """The same on every distillation source against the benign mix."""
    mix, attackers = joined(list(sources("benign").values())), sources("distillation")
    found: list[dict[str, Any]] = []
    for seed in SEEDS:
        found += [{"benign": "mix"} | row for row in trial(mix, attackers, SOURCE_WINDOWS, seed)]
        show(found)
    return found


def show(rows: list[dict[str, Any]]) -> None:
    for size in SIZES:
        print(rows[0]["benign"], size, summary([row for row in rows if row["size"] == size]), flush=True)


def summary(rows: list[dict[str, Any]]) -> dict[float, tuple[float | None, float | None]]:
    """share -> (alarm rate of the window test, of the kernel test)."""
    shares: dict[float, tuple[float | None, float | None]] = {}
    for share in (0.0, *SHARES):
        these = [row for row in rows if row["share"] == share and row["windows"]]
        count = sum(row["windows"] for row in these)
        rates = tuple(
            round(sum(row[k] for row in these) / count, 3) if count else None for k in ("window_test", "kernel_test")
        )
        shares[share] = rates  # type: ignore[assignment]
    return shares


def alarms() -> list[dict[str, Any]]:
    """False alarms of the window test over many *splits*: windows of one split share most of their prompts."""
    mix = joined(list(sources("benign").values()))
    todo = [(name, benign) for name, benign, _ in pairs()] + [("benign mix", mix)]
    rows = []
    for name, benign in todo:
        for size in SIZES:
            hits = []
            for seed in range(200, 240):
                random = np.random.default_rng([seed, size])
                held, known = split(benign, size, random)
                test = WindowTest(benign.prompts.take(known), draws=199, seed=seed, shared=True)
                window = benign.prompts.take(random.permutation(held)[:size])
                hits.append(test.judge(window).p_value)  # type: ignore[union-attr]
            row = {"name": name, "size": size, "splits": len(hits)}
            row |= {f"at_{level}": int(np.sum(np.array(hits) <= level)) for level in (0.005, 0.05, 0.5)}
            rows.append(row)
            print(row, flush=True)
    return rows


def tenants() -> dict[str, Any]:
    """Lone honest sources as single tenants: what pooled tests say of them, and what the tenants' null says."""
    random = np.random.default_rng(5)
    honest = sources("benign") | sources("hard_negative")
    benign = sources("benign")
    mix = joined([one.take(random.permutation(len(one))[:1000]) for one in benign.values()])
    size = 200
    pooled = WindowTest(mix.prompts, shared=True)
    order = random.permutation(len(mix))
    vectors = WordVectors(mix.words[order[FEW:]])
    known = np.arange(FEW)
    everybody = [one.take(random.permutation(len(one))[: 5 * size]) for one in honest.values()]
    rows = {}
    distillation = {name: one.take(np.arange(min(len(one), 5 * size))) for name, one in sources("distillation").items()}
    for name, one in [*zip(honest, everybody, strict=True), *distillation.items()]:
        if len(one) < size:
            continue
        draws = [random.permutation(len(one))[:size] for _ in range(20)]
        kernel = kernel_of(np.concatenate([vectors(mix.words[order[:FEW]]), vectors(one.words)]), known)
        baseline = KernelTest(kernel, known, size=size)
        others = [other.prompts for key, other in zip(honest, everybody, strict=True) if key != name]
        rank = TenantTest(others, size=size).judge(one.prompts)
        alone = [pooled.judge(one.prompts.take(rows_)) for rows_ in draws]
        rows[name] = {
            "honest": name in honest,
            "kernel_test": float(baseline.alarms([FEW + rows_ for rows_ in draws]).mean()),
            "window_test": float(np.mean([one.p_value <= LEVEL for one in alone if one])),
            "tenant_p_value": None if rank is None else round(rank.p_value, 4),
        }
        print(name, rows[name], flush=True)
    lone = [row for row in rows.values() if row["honest"]]
    below = {str(level): sum(row["tenant_p_value"] <= level for row in lone) for level in (0.05, 0.1, 0.2)}
    return {"size": size, "honest_tenants": len(lone), "tenant_alarms": below, "rows": rows}


def accounts() -> dict[str, Any]:
    """Who drives it: 3 attacking accounts among 30 in a window, found by what their prompts add."""
    random = np.random.default_rng(4)
    mix = joined(list(sources("benign").values())).prompts
    rows = []
    for name, one in sources("distillation").items():
        if len(one) < 150:
            continue
        hits = 0
        for seed in range(2):
            order = random.permutation(len(mix))
            test = WindowTest(mix.take(order[1350 : 1350 + LARGE]), draws=99, seed=seed, shared=True)
            window = Prompts.join([mix.take(order[:1350]), one.prompts.take(random.permutation(len(one))[:150])])
            verdict = test.judge(window)
            assert verdict is not None
            added = by_prompt(window, test.compared(1500), verdict)
            owners = np.append(np.arange(1350) % 27, 100 + np.arange(150) % 3)
            hits += int(np.sum(by_account(added, owners)[0][:3] >= 100))
        rows.append({"name": name, "attackers_among_first_three": round(hits / 6, 3)})
        print(rows[-1], flush=True)
    return {"trials": 2, "accounts": 30, "attacking": 3, "share": 0.1, "rows": rows}


def speed() -> dict[str, Any]:
    """Seconds of one thread: the null of a size (once), and a window."""
    mix = joined(list(sources("benign").values())).prompts
    found = {}
    for size in SIZES:
        test = WindowTest(mix.take(np.arange(LARGE)), shared=True)
        test.judge(mix.take(np.arange(LARGE, LARGE + 100)))
        started = time.perf_counter()
        test.compared(size)
        nulls = time.perf_counter() - started
        started = time.perf_counter()
        for _ in range(10):
            test.judge(mix.take(np.arange(LARGE, LARGE + size)))
        found[str(size)] = {
            "null_seconds": round(nulls, 2),
            "window_seconds": round((time.perf_counter() - started) / 10, 4),
        }
    print(found)
    return found


def draw(rows: list[dict[str, Any]]) -> None:
    """Share of windows that alarm, by attackers' share: every pair and source is a thin line, the mean a thick one."""
    points = []
    for kind, size in sorted({(row["kind"], row["size"]) for row in rows}):
        these = [row for row in rows if row["kind"] == kind and row["size"] == size]
        for name in sorted({row["name"] for row in these} - {""}):
            benign = {row["benign"] for row in these if row["name"] == name}
            own = [row for row in these if row["name"] in ("", name) and row["benign"] in benign]
            for share, rates in summary(own).items():
                for test, rate in zip(("window test", "kernel test"), rates, strict=True):
                    points.append(
                        {"kind": f"{kind}s, {size:,} prompts", "name": name, "share": share, "test": test, "rate": rate}
                    )
    data = alt.Data(values=[point for point in points if point["rate"] is not None and point["share"] <= 0.25])
    axes = alt.Chart(data).encode(
        x=alt.X(
            "share:Q", title="attackers' share of the window", axis=alt.Axis(format="%", values=[0, 0.05, 0.1, 0.25])
        ),
        y=alt.Y("rate:Q", title="windows that alarm", axis=alt.Axis(format="%")),
        color=alt.Color("test:N", title=None, scale=alt.Scale(range=["#b0722a", "#1f5f8b"])),
    )
    lines = axes.mark_line(opacity=0.25, strokeWidth=1).encode(detail="name:N")
    mean = axes.mark_line(strokeWidth=3, point=True).encode(y="mean(rate):Q")
    (lines + mean).properties(width=240, height=180).facet(alt.Facet("kind:N", title=None), columns=2).save(DRAWING)


PARTS: dict[str, Callable[[], Any]] = {
    "pairs": protocol_pairs, "sources": protocol_sources, "alarms": alarms, "tenants": tenants, "year": year,
    "drift": drift, "accounts": accounts,
    "speed": speed,
}  # fmt: skip


def main() -> None:
    for name in sys.argv[1:] or list(PARTS):
        started = time.monotonic()
        found = PARTS[name]()
        print(name, f"{time.monotonic() - started:.0f} s", flush=True)
        known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        known[name] = found
        lines = ",\n".join(f'"{key}": {encode(value)}' for key, value in known.items())
        RESULTS.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
        if {"pairs", "sources"} <= known.keys():
            rows = [{"kind": kind} | row for kind in ("pair", "source") for row in known[f"{kind}s"]]
            draw(rows)
        write_page(known, summary)


def encode(value: Any) -> str:
    """Rows one a line, so that a change can be read."""
    if isinstance(value, list):
        return "[\n " + ",\n ".join(json.dumps(row) for row in value) + "\n]"
    return json.dumps(value)


if __name__ == "__main__":
    main()
