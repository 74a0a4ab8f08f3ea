"""Negative controls: what must not matter to the test of provenance, and what must make it blind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from provenance_figures import LEVELS, Figures, auc_within_teachers, sample
from provenance_rows import Data, Row, sample_of, screened, with_texts
from stillwatch.provenance.fingerprint.lineage import CONTROL_KINDS
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.fingerprint.panel import Panel

SHUFFLES = 500


def shuffled_teachers(rows: list[Row], sight: Panel, data: Data) -> Figures:
    """AUC where every teacher's name stands on the answers of a teacher of another provider."""
    teachers = sorted({row.pair.teacher for row in rows})
    provider = {name: data.lineage.rows[sight.corpus.benchmark, name][1] for name in teachers}
    rng, found = np.random.default_rng(0), []
    while len(found) < SHUFFLES:
        other = dict(zip(teachers, rng.permutation(teachers).tolist(), strict=True))
        if any(provider[a] == provider[b] for a, b in other.items()):
            continue
        moved = [
            replace(row, score=float(sight.total[sight.corpus.model(row.pair.suspect), sight.corpus.model(name)]))
            for row in rows
            for name in [other[row.pair.teacher]]
            if name != row.pair.suspect
        ]
        found.append(sample(moved).auc())
    low, high = np.quantile(found, [0.025, 0.975])
    return {
        "shuffles": SHUFFLES,
        "auc": round(float(np.mean(found)), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
    }


def negative_controls(data: Data, benchmark: str, prompts: int) -> Figures:
    """On some prompts: answers dealt out among the teachers, or among all controls; and every prompt three times.

    Where only the named teachers are mixed up, their siblings still show whose provider a student comes from.
    """
    corpus, pairs = sample_of(data.outputs.only(benchmark), prompts, 0), data.of(benchmark)
    plain, _ = screened(corpus, pairs, data.lineage)
    teachers = {pair.teacher for pair in pairs}
    kinds = {name: data.lineage.rows[benchmark, name][2] for name in corpus.models}
    controls = {name for name, kind in kinds.items() if kind in CONTROL_KINDS}
    dealt = {
        name: [_ranking(screened(_dealt(corpus, among, seed), pairs, data.lineage)[0]) for seed in seeds]
        for name, among, seeds in (("teachers", teachers, range(1)), ("controls", teachers | controls, range(3)))
    }
    tripled, _ = screened(_tripled(corpus), pairs, data.lineage)
    before = np.array([row.p_value for row in plain])
    after = np.array([row.p_value for row in tripled])
    return {
        "prompts": prompts,
        "plain": _ranking(plain),
        "answers_dealt_out_among": dealt,
        "every_prompt_three_times": {
            **_ranking(tripled),
            "largest_change_of_p": round(float(np.abs(after - before).max()), 5),
            "median_change_of_p": round(float(np.median(np.abs(after - before))), 5),
            "largest_ratio_of_p": round(float(np.exp(np.abs(np.log(after / before)).max())), 3),
            "decisions_changed": {str(at): int(((after <= at) != (before <= at)).sum()) for at in LEVELS},
        },
    }


def _ranking(rows: list[Row]) -> Figures:
    innocent = [row.p_value <= 0.01 for row in rows if not row.pair.positive]
    return {
        "auc": round(sample(rows).auc(), 4),
        "within_teachers": auc_within_teachers(rows),
        "false_at_0.01": round(float(np.mean(innocent)), 4),
    }


def _dealt(corpus: Corpus, models: set[str], seed: int) -> Corpus:
    """To each question, the models' answers are dealt out among them: none of them has a hand of its own."""
    rng = np.random.default_rng(seed)
    order = np.arange(len(corpus.texts))
    able = np.isin(corpus.model_of, [corpus.model(name) for name in models])
    for prompt in range(len(corpus.prompts)):
        here = np.flatnonzero(able & (corpus.prompt_of == prompt))
        order[here] = rng.permutation(here)
    return replace(corpus, texts=corpus.texts.take(order))


def _tripled(corpus: Corpus) -> Corpus:
    count = len(corpus.prompts)
    return replace(
        with_texts(corpus, corpus.texts.to_pylist() * 3),
        prompts=tuple(f"{name}#{copy}" for copy in range(3) for name in corpus.prompts),
        prompt_texts=corpus.prompt_texts * 3,
        model_of=np.tile(corpus.model_of, 3),
        prompt_of=np.concatenate([corpus.prompt_of + copy * count for copy in range(3)]).astype(np.int32),
    )
