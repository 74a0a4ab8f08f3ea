"""The wording channel and canaries on real answers: what is changed, found and lost, and what a student keeps.

    python bench/watermark_wording.py [--diffs 40]

Reads ../shared/data/provenance/outputs.parquet (third-party model outputs, for measurement only: none of their text
goes into the results) and writes bench/results/watermark-wording.json. About four minutes on two cores.
`--diffs N` prints N random changes with their neighbours, for reading, and writes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from stillwatch.provenance.canaries import KINDS, Wording, invent, mark_wording
from stillwatch.provenance.canaries.detection import residual_pairs
from stillwatch.provenance.canaries.marking import _preferred
from stillwatch.provenance.canaries.questions import count_answers
from stillwatch.provenance.canaries.scheme import majority_pairs
from stillwatch.provenance.canaries.search import Haystack
from stillwatch.provenance.canaries.sites import Site, settled, sites_of
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text.decoys import decoy_keys

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "provenance" / "outputs.parquet"
OUT = ROOT / "bench" / "results" / "watermark-wording.json"
TEACHERS = (
    "gpt4", "gpt4_1106_preview", "gpt-4o-2024-05-13", "claude-3-opus-20240229", "claude-3-5-sonnet-20240620",
    "Meta-Llama-3.1-405B-Instruct-Turbo", "mistral-large-2402",
)  # fmt: skip
STUDENT_BASE = ("vicuna-13b-v1.5", "openchat-13b", "tulu-2-dpo-70b", "zephyr-7b-beta")
SEEDS = (11, 12, 13, 14, 15)
STARTED = perf_counter()
KEY = hashlib.sha256(b"bench: wording").digest()


def answers(models: Sequence[str]) -> list[tuple[str, str]]:
    """(prompt id, text) of these models, in a random order that is always the same."""
    table = pq.read_table(DATA, columns=["benchmark", "prompt_id", "model", "output"])
    rows = [r for r in table.to_pylist() if r["benchmark"] == "alpaca_eval" and r["model"] in models and r["output"]]
    random.Random(1).shuffle(rows)  # noqa: S311
    return [(str(row["prompt_id"]), row["output"]) for row in rows]


def say(what: str) -> None:
    print(f"{perf_counter() - STARTED:8.0f} s  {what}", file=sys.stderr)


def log10_p(sites: Sequence[Site], key: bytes, width: int) -> float:
    scheme, pairs = Wording(width), majority_pairs(count_answers(sites, width))
    weights = np.ones(len(pairs))
    return float(Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, [key]))[0])


def quality(texts: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    words = sum(len(text.split()) for text in texts)
    started = perf_counter()
    made = [mark_wording(text, KEY) for text in texts]
    seconds = perf_counter() - started
    changes = [change for one in made for change in one.changes]
    changed_words = sum(max(len(c.old.split()), len(c.new.split())) for c in changes)
    sentences = changed = 0
    for text, one in zip(texts, made, strict=True):
        starts = {c.start for c in one.changes}
        at = 0
        for piece in text.replace("! ", ". ").replace("? ", ". ").replace("\n", ". ").split(". "):
            if len(piece.split()) > 2:
                sentences += 1
                changed += any(at <= start <= at + len(piece) for start in starts)
            at += len(piece) + 2
    again = sum(mark_wording(one.text, KEY).text == one.text for one in made)
    points = Counter(change.point for change in changes)
    return {
        "answers": len(texts), "words": words, "points_used": len(points),
        "choices_per_1000_words": round(1000 * sum(one.sites for one in made) / words, 2),
        "changes_per_1000_words": round(1000 * len(changes) / words, 2),
        "words_changed_share": round(changed_words / words, 4),
        "sentences_changed_share": round(changed / sentences, 4),
        "answers_without_a_choice_share": round(float(np.mean([one.sites == 0 for one in made])), 4),
        "marked_again_is_the_same": again == len(made),
        "words_per_second_marking": round(words / seconds), "most_changed": points.most_common(12),
    }, [one.text for one in made]  # fmt: skip


def power(sites: Sequence[Sequence[Site]], texts: Sequence[str], width: int) -> dict[str, Any]:
    rows = {}
    lengths = [len(text.split()) for text in texts]
    for size in (1, 2, 3, 5, 8, 12, 20, 40):
        groups = [range(i, i + size) for i in range(0, len(texts) - size + 1, size)][:300]
        found = [log10_p([s for i in group for s in sites[i]], KEY, width) for group in groups]
        words = np.mean([sum(lengths[i] for i in group) for group in groups])
        rows[str(size)] = {
            "texts": len(groups), "words": round(float(words)),
            "share_below_1e-6": round(float(np.mean(np.array(found) <= -6)), 3),
            "median_log10_p": round(float(np.median(found)), 2),
        }  # fmt: skip
    return rows


def wrong_keys(sites: Sequence[Sequence[Site]], width: int) -> dict[str, Any]:
    flat = [s for own in sites for s in own]
    scheme, pairs = Wording(width), majority_pairs(count_answers(flat, width))
    weights = np.ones(len(pairs))
    p = Tail(weights, scheme.law).log10_p(scheme.totals(pairs, weights, decoy_keys(10_000, 1, "bench")))
    return {
        "keys": 10_000, "pairs": len(pairs), "share_at_5_percent": round(float(np.mean(p <= np.log10(0.05))), 4),
        "lowest_log10_p": round(float(p.min()), 2), "below_1e-6": int(np.sum(p <= -6)),
        "true_key_log10_p": round(log10_p(flat, KEY, width), 1),
    }  # fmt: skip


def cleaning(marked: Sequence[str], other: Sequence[str]) -> dict[str, float]:
    def scored(texts: Sequence[str]) -> float:
        return round(log10_p([s for text in texts for s in sites_of(settled(text))], KEY, 2), 1)

    def sprinkled(text: str) -> str:
        return " ".join(w[:1] + "\u200b" + w[1:] if i % 5 == 0 else w for i, w in enumerate(text.split(" ")))

    straight = str.maketrans({"’": "'", "“": '"', "”": '"'})
    half = random.Random(3)  # noqa: S311
    again = hashlib.sha256(b"another key").digest()
    return {
        "as it is": scored(marked),
        "NFKC": scored([unicodedata.normalize("NFKC", text) for text in marked]),
        "spaces collapsed": scored(["\n".join(" ".join(ln.split()) for ln in t.split("\n")) for t in marked]),
        "straight quotes": scored([text.translate(straight) for text in marked]),
        "zero-width characters in every fifth word": scored([sprinkled(text) for text in marked]),
        "half of the sentences dropped": scored(
            [". ".join(part for part in text.split(". ") if half.random() < 0.5) for text in marked]
        ),
        "worded anew with another key": scored([mark_wording(text, again).text for text in marked]),
        "answered by another model (what a full paraphrase leaves)": scored(other),
    }  # fmt: skip


def worded(sites: Sequence[Site], key: bytes, scheme: Wording) -> list[Site]:
    """The sites as marking leaves them (but for the few paragraphs that it leaves alone)."""
    wanted = _preferred(sites, key, scheme) if sites else []
    return [site._replace(variant=variant) for site, variant in zip(sites, wanted, strict=True)]


class Student:
    """Learns each choice by counting, after the two words before, backing off to one, to none; it writes the answers of
    others with its own choices. A real learner, and a friendly one: it sees which words are choices."""

    def __init__(self, sites: Sequence[Site], strength: float = 2.0) -> None:
        self._counts: dict[tuple[Any, ...], Counter[int]] = defaultdict(Counter)
        self._strength = strength
        for site in sites:
            for context in self._contexts(site):
                self._counts[context][site.variant] += 1

    def write(self, site: Site, random_state: np.random.Generator) -> Site:
        share = np.full(site.point.variants, 1.0 / site.point.variants)
        for context in self._contexts(site):
            if own := self._counts.get(context):
                counts = np.array([own[v] for v in range(site.point.variants)], float)
                share = (counts + self._strength * share) / (counts.sum() + self._strength)
        return site._replace(variant=int(random_state.choice(site.point.variants, p=share)))

    @staticmethod
    def _contexts(site: Site) -> list[tuple[str, ...]]:
        """From none to the two words before, as far as there are any."""
        words = site.words
        return [(site.point.name, *words[len(words) - width :]) for width in range(min(2, len(words)) + 1)]


def students(teacher: list[tuple[str, str]], base: list[tuple[str, str]]) -> dict[str, Any]:
    """Trained on a third of the prompts, tested on another; reference: the teacher, unmarked, on the last third."""

    def fold(prompt: str) -> int:
        return hashlib.sha256(prompt.encode()).digest()[0] % 3

    plain = {part: [sites_of(text) for p, text in teacher if fold(p) == part] for part in (0, 1)}
    asked = [s for p, text in base if fold(p) == 2 for s in sites_of(text)]
    reference = [s for own in plain[1] for s in own]
    result: dict[str, Any] = {"asked_choices": len(asked), "training_answers": len(plain[0])}
    for width in (0, 1, 2):
        scheme = Wording(width)
        by_share = {}
        for share in (0.0, 0.1, 0.5, 1.0):
            found, decoyed = [], []
            for seed in SEEDS:
                key = hashlib.sha256(f"student {seed}".encode()).digest()
                draw = np.random.default_rng(seed)
                lessons: list[Site] = []
                for own in plain[0]:
                    lessons += worded(own, key, scheme) if draw.random() < share else own
                student = Student(lessons)
                written = [student.write(site, draw) for site in asked]
                pairs, weights = residual_pairs(count_answers(written, width), count_answers(reference, width))
                tail = Tail(weights, scheme.law)
                found.append(float(tail.log10_p(scheme.totals(pairs, weights, [key]))[0]))
                wrong = tail.log10_p(scheme.totals(pairs, weights, decoy_keys(1000, seed)))
                decoyed.append(float(np.mean(wrong <= np.log10(0.05))))
            by_share[f"{share:.0%}"] = {
                "log10_p": [round(value, 2) for value in found], "median": round(float(np.median(found)), 2),
                "decoys_at_5_percent": round(float(np.mean(decoyed)), 4), "pairs": len(pairs),
            }  # fmt: skip
            say(f"student, width {width}, {share:.0%}: {by_share[f'{share:.0%}']['median']}")
        result[f"width {width}"] = by_share
    return result


def canaries() -> dict[str, Any]:
    table = pq.read_table(DATA, columns=["output"])
    texts = [text for text in table.column("output").to_pylist() if text]
    random.Random(2).shuffle(texts)  # noqa: S311
    own = Haystack(texts[:20_000])
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for key in decoy_keys(2_000, 5, "bench canaries"):
        for number in range(12):
            canary = invent(key, number)
            found[canary.kind][own.holding(canary)[0] or "no"] += 1
    return {"outputs": 20_000, "accounts": 2_000, "by_kind": {kind: dict(found[kind]) for kind in KINDS}}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--diffs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=77)
    asked = parser.parse_args()
    teacher = answers(TEACHERS)
    if asked.diffs:
        show_diffs([text for _, text in teacher], asked.diffs, asked.seed)
        return
    texts = [text for _, text in teacher[:1_500]]
    say("marking")
    measured, marked = quality(texts)
    sites = [sites_of(text) for text in marked]
    twenty = next(i for i in range(len(marked)) if sum(len(t.split()) for t in marked[:i]) >= 20_000)
    say("power")
    results = {
        "quality": measured,
        "power_width_2": power(sites, marked, 2),
        "wrong_keys_20000_words": wrong_keys(sites[:twenty], 2),
        "unmarked_text_log10_p": round(log10_p([s for text in texts for s in sites_of(text)], KEY, 2), 2),
        "cleaning_of_200_answers": cleaning(marked[:200], [text for _, text in answers(STUDENT_BASE)[:200]]),
    }
    say("students")
    results["students"] = students(teacher[:2_400], answers(STUDENT_BASE)[:1_800])
    say("canaries")
    results["canaries"] = canaries()
    OUT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=1))


def show_diffs(texts: Sequence[str], count: int, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    chosen = draw.sample(list(texts), min(800, len(texts)))
    changes = [(text, c) for text in chosen for c in mark_wording(text, KEY).changes]
    for text, c in draw.sample(changes, count):
        shown = f"{text[max(0, c.start - 80) : c.start]}[[{c.old} -> {c.new}]]{text[c.end : c.end + 70]}"
        print(f"{c.point}: {shown!r}")


if __name__ == "__main__":
    main()
