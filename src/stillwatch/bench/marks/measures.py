"""What the tests say of one student: our test, the published one beside it, growth with text, decoys, tracing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kstest

from stillwatch.bench.marks.plan import DATA_SETS, EIGHT, DataSet, Student
from stillwatch.bench.marks.world import World, texts_of
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.radioactivity.expected import Evidence, closed_growth, open_growth
from stillwatch.provenance.watermark.radioactivity.language_model import read_language_model
from stillwatch.provenance.watermark.radioactivity.looks import Look, look_on, looks_within, over_looks
from stillwatch.provenance.watermark.radioactivity.sharpening import sharpened
from stillwatch.provenance.watermark.radioactivity.weights import spread_of
from stillwatch.provenance.watermark.radioactivity.windows import Predictor
from stillwatch.provenance.watermark.schemes import Scheme, scheme_named
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text.decoys import decoy_keys
from stillwatch.provenance.watermark.text.levels import holm
from stillwatch.simulate.students.model import WINDOW
from stillwatch.simulate.students.writing import PROMPT

__all__ = ["CASE_LEVEL", "open_case", "quality", "student_case", "zero_case"]

CASE_LEVEL = 1e-3
"""Family-wise error of tracing."""

OPEN_WINDOWS = 715
"""40,000 positions."""

Figures = dict[str, Any]
Array = NDArray[np.float64]


def student_case(world: World, student: Student) -> Figures:
    """Closed access: the buyer's key, all accounts' keys, and the published test on the same text. Beside p over all
    looks stands that of each look alone, as if it were the only one."""
    data = _data(student.data)
    scheme, keys, buyers = data.scheme, world.keys(data.scheme_name), world.buyers(data)
    texts = world.answers(student.name)
    sizes = sorted({*looks_within(texts.written), texts.written})
    looks = [Look.at(one, scheme, keys) for one in _grown(world, texts, scheme, sizes)]
    single = np.stack([one.log10_p for one in looks])
    yet = over_looks(single[: len(looks_within(texts.written))])
    whole, last = looks[-1], yet[-1]
    rows = [*yet, *[last] * (len(sizes) - len(yet))]
    innocent = np.setdiff1d(np.arange(len(keys)), buyers)
    found = {
        "tokens": texts.written,
        "log10_p": last[buyers].tolist(),
        "growth": _rows(sizes, rows, buyers),
        "single": _rows(sizes, single, buyers),
        "published": [
            [size, *_published(texts.first(size), scheme, [keys[b] for b in buyers])] for size in sizes
        ],
        "spread": spread_of(whole.evidence),
        "dominance": whole.tail.dominance,
        "wrong_keys": _uniformity(single[-1, innocent]),
        "wrong_keys_looks": _conservative(last[innocent]),
        "trace": _trace(whole, buyers),
    }  # fmt: skip
    if len(buyers) == EIGHT:
        pooled = Tail(whole.weights, scheme.law, copies=EIGHT)
        found["cohort_log10_p"] = float(pooled.log10_p(whole.totals[buyers].sum())[0])
    return found


def open_case(world: World, student: Student) -> Figures:
    """Open access, over the account's known outputs and over text of people; beside it the published test: the
    student's likeliest token of each context, first sight only."""
    data = _data(student.data)
    scheme, key = data.scheme, world.keys(data.scheme_name)[world.buyers(data)[0]]
    suspect = read_language_model(world.model_folder(student.name))
    reference = read_language_model(world.model_folder("teacher"))
    known = texts_of(world.data(data.name)[:OPEN_WINDOWS])
    found: Figures = {}
    for name, texts in (("known outputs", known), ("unrelated text", world.unrelated(OPEN_WINDOWS))):
        matched = sharpened(texts, reference, scheme.width, suspect=suspect)
        growth = open_growth(suspect, matched, texts, scheme.width, looks_within(texts.written))
        yet, look = look_on(growth, scheme, [key])
        found[name] = {
            "positions": look.evidence.tokens,
            "log10_p": float(yet[-1, 0]),
            "published": _likeliest(look.evidence, scheme, key),
        }
    return found


def zero_case(world: World, student: Student) -> Figures:
    """A student that saw no mark, under 1,000 keys drawn afresh: is every p-value what it says? One look is held
    against the uniform law; over looks p must not be smaller than chance makes it."""
    scheme = scheme_named("kgw:gamma=0.25,width=1")
    texts = world.answers(student.name)
    keys = decoy_keys(1000, world.seed * 1000 + int(student.name.split()[-1]), "zero")
    yet, look = look_on(_grown(world, texts, scheme, looks_within(texts.written)), scheme, keys)
    log10_p, evidence = look.log10_p, look.evidence
    counts = evidence.pairs.take(evidence.seen > 0)
    plain = Tail(np.ones(len(counts)), scheme.law)
    naive = np.array([float(counts.counts @ (scheme.values(counts, key) - scheme.law.mean)) for key in keys[:200]])
    deviation = np.sqrt(scheme.law.variance * counts.counts.sum())
    return {
        **_uniformity(log10_p),
        "log10_p": [round(float(v), 4) for v in log10_p],
        "looks": _conservative(yet[-1]),
        "published": _uniformity(plain.log10_p(scheme.totals(counts, np.ones(len(counts)), keys))),
        "naive_below_1e-6": float(np.mean(naive / deviation > 4.7534)),
    }


def quality(world: World) -> Figures:
    """Of each data set: its loss under the unmarked teacher, distinct trigrams, and how often an answer's first tokens
    are those of the text that its prompt was taken from (the task: to go on as the book does)."""
    reference = read_language_model(world.model_folder("teacher"))
    found = {}
    for data in DATA_SETS:
        windows = world.data(data.name)[:1000]
        found[data.name] = {
            "nll": _loss(texts_of(windows), reference),
            "distinct_3": _distinct(windows),
            "task": world_recall(world, windows),
        }
    return found


def world_recall(world: World, windows: NDArray[np.int64]) -> float:
    """Share of the first four tokens of the answers that are the book's."""
    book = np.load(world.folder / "text.npz")["teacher"]
    prompt, ahead = PROMPT, 4
    slices = np.lib.stride_tricks.sliding_window_view(book, prompt + ahead, axis=1).reshape(-1, prompt + ahead)
    known = {row[:prompt].tobytes(): row[prompt:] for row in np.ascontiguousarray(slices)}
    right = [
        float(np.mean(known[key] == row[prompt : prompt + ahead]))
        for row in windows
        if (key := np.ascontiguousarray(row[:prompt]).tobytes()) in known
    ]
    return float(np.mean(right)) if right else float("nan")


def _grown(world: World, texts: Texts, scheme: Scheme, sizes: Sequence[int]) -> Iterator[Evidence]:
    reference: Predictor = read_language_model(world.model_folder("teacher"))
    return closed_growth(texts, sharpened(texts, reference, scheme.width), scheme.width, sizes)


def _rows(sizes: Sequence[int], log10_p: Sequence[Array] | Array, buyers: list[int]) -> list[list[float]]:
    return [[size, *row[buyers].tolist()] for size, row in zip(sizes, log10_p, strict=True)]


def _published(texts: Texts, scheme: Scheme, keys: list[bytes]) -> list[float]:
    """The published closed-model test (Sander et al., 2024): every distinct pair counts one, exact tail."""
    pairs = distinct_pairs(texts, scheme.width)
    ones = np.ones(len(pairs))
    return [float(v) for v in Tail(ones, scheme.law).log10_p(scheme.totals(pairs, ones, keys))]


def _likeliest(evidence: Evidence, scheme: Scheme, key: bytes) -> float:
    """The published open-model test: one token a context, the suspect's likeliest."""
    contexts = np.unique(evidence.pairs.contexts, axis=0, return_inverse=True)[1].ravel()
    order = np.lexsort((-evidence.seen, contexts))
    first = order[np.concatenate([[True], contexts[order][1:] != contexts[order][:-1]])]
    pairs = evidence.pairs.take(first)
    ones = np.ones(len(pairs))
    return float(Tail(ones, scheme.law).log10_p(scheme.totals(pairs, ones, [key]))[0])


def _uniformity(log10_p: Array) -> Figures:
    return {
        **_conservative(log10_p),
        "below_1_permille": float(np.mean(log10_p <= -3)),
        "log10_p_uniform": float(np.log10(max(kstest(10.0**log10_p, "uniform").pvalue, 1e-300))),
    }


def _conservative(log10_p: Array) -> Figures:
    return {
        "keys": len(log10_p),
        "below_5_percent": float(np.mean(log10_p <= np.log10(0.05))),
        "lowest_log10_p": float(log10_p.min()),
        "below_1e-6": int(np.sum(log10_p < -6)),
    }


def _trace(look: Look, buyers: list[int]) -> Figures:
    """All accounts' keys at a family-wise level: who is accused, and of them who bought."""
    tail, totals = look.tail, look.totals
    adjusted = np.asarray(holm(tail.log10_p(totals)))
    accused = np.flatnonzero(adjusted <= np.log10(CASE_LEVEL))
    ranks = {int(b): int(np.sum(totals > totals[b])) + 1 for b in buyers}
    return {
        "accounts": len(totals),
        "accused": len(accused),
        "right": len(set(accused.tolist()) & set(buyers)),
        "wrong": len(set(accused.tolist()) - set(buyers)),
        "ranks": sorted(ranks.values()),
        "z": [float(tail.z(totals[b])[0]) for b in buyers],
        "best_innocent_z": float(np.delete(tail.z(totals), buyers).max()),
    }


def _loss(texts: Texts, reference: Predictor) -> float:
    from stillwatch.provenance.watermark.radioactivity.windows import batches

    positions = np.flatnonzero(texts.is_written())
    total = 0.0
    for batch in batches(texts, positions, WINDOW, reference.vocabulary):
        chosen = reference.probabilities(batch)[np.arange(len(batch.positions)), texts.tokens[batch.positions]]
        total -= float(np.log(np.maximum(chosen, 1e-12)).sum())
    return total / len(positions)


def _distinct(windows: NDArray[np.int64]) -> float:
    grams = np.lib.stride_tricks.sliding_window_view(windows[:, PROMPT:], 3, axis=1).reshape(-1, 3)
    return len(np.unique(grams, axis=0)) / len(grams)


def _data(name: str) -> DataSet:
    return next(one for one in DATA_SETS if one.name == name)
