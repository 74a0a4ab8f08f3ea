"""Are an account's canaries in a suspect's outputs? Each account against decoys that the same generator made.

Under the null the suspect knows nothing of the key, so the true set of canaries and the decoys' sets are exchangeable:
the rank of the true set among N decoys is a p-value, (1 + decoys that score as high) / (N + 1), exact for any text, any
language and any rule of likeness. There is no claim without decoys, and none below 1 / (N + 1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from stillwatch.errors import BadSettings
from stillwatch.marks import level_words
from stillwatch.provenance.canaries.invention import Canary, invent
from stillwatch.provenance.canaries.planting import Planted
from stillwatch.provenance.canaries.reading import Answers
from stillwatch.provenance.watermark.text.decoys import decoy_keys
from stillwatch.provenance.watermark.text.levels import holm

__all__ = ["CanaryResult", "Haystack", "Hit", "Search", "find_canaries"]

DECOY_SETS = 9_999
_WORD = re.compile(r"[^\W_]+")
_SHORTEST_CORE, _LONGEST_CORE = 6, 24
_EXACT, _FUZZY = 1.0, 0.5


class Hit(NamedTuple):
    """Canary `number` of a key is in `outputs` of the suspect's outputs; `first` is the id of one of them."""

    key_id: str
    number: int
    kind: str
    text: str
    how: str
    outputs: int
    first: str


class CanaryResult(NamedTuple):
    """One account. `score` is 1 for each canary found as it is and .5 for each found in part or misspelt."""

    key_id: str
    cohort: str
    account: str
    epoch: str
    planted: int
    left_out: int
    found: int
    score: float
    p: float
    p_adjusted: float
    accused: bool


class Search(NamedTuple):
    sentence: str
    outputs: int
    controls: int
    decoys: int
    decoys_with_hits: int
    level: float
    results: tuple[CanaryResult, ...]
    hits: tuple[Hit, ...]


class Haystack:
    """Outputs, ready to be asked for many canaries: which outputs hold a word, and which words are one slip away."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._outputs: list[str] = []
        self._holders: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            words = _words(text)
            self._outputs.append(f" {' '.join(words)} ")
            for word in set(words):
                self._holders.setdefault(word, []).append(number)
        self._near: dict[str, list[str]] = {}
        for word in self._holders:
            if _SHORTEST_CORE <= len(word) <= _LONGEST_CORE:
                for part in _less_one(word):
                    self._near.setdefault(part, []).append(word)

    def holding(self, canary: Canary | Planted) -> tuple[str, list[int]]:
        """("exact", "near" or "", the numbers of the outputs that hold it)."""
        run = _words(canary.text)
        rarest = min((self._holders.get(word, []) for word in run), key=len)
        said = f" {' '.join(run)} "
        if found := [number for number in rarest if said in self._outputs[number]]:
            return "exact", found
        core = "".join(_words(canary.core or canary.text))
        if not _SHORTEST_CORE <= len(core) <= _LONGEST_CORE:
            return "", []
        words = {word for part in _less_one(core) for word in self._near.get(part, ())}
        near = sorted({number for word in words for number in self._holders[word]})
        return ("near" if near else ""), near


def find_canaries(
    outputs: Answers,
    planted: Sequence[Planted],
    controls: Answers | None = None,
    *,
    decoys: int = DECOY_SETS,
    level: float = 0.001,
    seed: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> Search:
    """Every account of `planted` against `decoys` sets of canaries that nobody planted.

    A canary that a control (outputs of models that cannot have seen it) or a prompt holds is left out, of the true set
    and of the decoys' alike. Holm over the accounts.
    """
    if decoys < 99:
        raise BadSettings(f"--decoys {decoys}: at least 99, or no p-value could be below 1 %.")
    if not 0 < level < 1:
        raise BadSettings(f"level {level}: is a probability between 0 and 1.")
    say = progress or (lambda _what, _share: None)
    say("reading outputs", 0.0)
    own = Haystack(outputs.texts)
    known = Haystack([*(controls.texts if controls else ()), *filter(None, outputs.prompts)])
    sets: dict[str, list[Planted]] = {}
    for one in planted:
        sets.setdefault(one.key_id, []).append(one)
    shapes: dict[tuple[tuple[int, str], ...], list[str]] = {}
    for key_id, one_set in sets.items():
        shapes.setdefault(tuple((one.number, one.kind) for one in one_set), []).append(key_id)
    hits: list[Hit] = []
    scored: dict[str, tuple[float, int, int]] = {}
    for key_id, one_set in sets.items():
        found = list(_hits(own, known, one_set, outputs))
        hits += found
        left = sum(bool(known.holding(one)[0]) for one in one_set)
        scored[key_id] = (sum(_points(hit.how) for hit in found), len(found), left)
    p: dict[str, float] = {}
    with_hits = 0
    for at, key_ids in enumerate(shapes.values()):
        say(f"{decoys:,} decoys", at / len(shapes))
        chance = _decoy_scores(own, known, sets[key_ids[0]], decoys, seed)
        with_hits = max(with_hits, int(np.count_nonzero(chance)))
        for key_id in key_ids:
            p[key_id] = float((1 + np.count_nonzero(chance >= scored[key_id][0])) / (decoys + 1))
    order = list(sets)
    adjusted = 10.0 ** holm(np.log10([p[key_id] for key_id in order]))
    results = [
        CanaryResult(
            key_id, sets[key_id][0].cohort, sets[key_id][0].account, sets[key_id][0].epoch, len(sets[key_id]),
            scored[key_id][2], scored[key_id][1], scored[key_id][0], p[key_id], float(value), bool(value <= level),
        )
        for key_id, value in zip(order, adjusted, strict=True)
    ]  # fmt: skip
    results.sort(key=lambda one: (one.p, -one.score, one.key_id))
    return Search(
        _told(results, len(outputs), decoys, level), len(outputs), len(controls) if controls else 0, decoys, with_hits,
        level, tuple(results), tuple(hits),
    )  # fmt: skip


def _hits(own: Haystack, known: Haystack, planted: Sequence[Planted], outputs: Answers) -> Iterator[Hit]:
    for one in planted:
        how, where = own.holding(one)
        if how and not known.holding(one)[0]:
            yield Hit(one.key_id, one.number, one.kind, one.text, how, len(where), outputs.ids[where[0]])


def _decoy_scores(
    own: Haystack, known: Haystack, shape: Sequence[Planted], count: int, seed: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    scores = np.zeros(count)
    for i, key in enumerate(decoy_keys(count, seed, "canaries")):
        for one in shape:
            decoy = invent(key, one.number, one.kind)
            how, _ = own.holding(decoy)
            if how and not known.holding(decoy)[0]:
                scores[i] += _points(how)
    return scores


def _points(how: str) -> float:
    return _EXACT if how == "exact" else _FUZZY


def _told(results: Sequence[CanaryResult], outputs: int, decoys: int, level: float) -> str:
    accused = [one for one in results if one.accused]
    size = f"{outputs:,} outputs, {len(results):,} accounts, {decoys:,} decoy sets"
    if accused:
        best = accused[0]
        whose = f"account {best.account}" if best.account else f"cohort {best.cohort}"
        more = f", and those of {len(accused) - 1} more" if len(accused) > 1 else ""
        return (
            f"Canaries of {whose} are in the outputs: {best.found} of {best.planted}, p = {best.p_adjusted:.2g} after "
            f"correction{more} (family-wise error {level_words(level)}; {size})."
        )
    return (
        f"No account's canaries are in the outputs more than decoys are (family-wise error {level_words(level)}; "
        f"{size}). That means nothing: canaries are few, and filtering or paraphrase removes them."
    )


def _words(text: str) -> list[str]:
    """Lower case, without accents; numbers are words."""
    plain = unicodedata.normalize("NFKD", text.replace("_", " "))
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)).casefold())


def _less_one(word: str) -> set[str]:
    """The word, and the word less any one letter: two words that share one differ by one slip of the pen."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
