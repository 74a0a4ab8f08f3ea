"""From one scanned text to its row: bands, content bytes, topic, skeleton, scores, skill and language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from stillwatch.sketches.bits import chain, fingerprint, seal
from stillwatch.sketches.buffers import Text
from stillwatch.sketches.folding import SCRIPTS, folding
from stillwatch.sketches.hashing import purpose
from stillwatch.sketches.kernel import (
    AFTER_MARK,
    AHEAD,
    ANY,
    CHARACTERS,
    CONCEPTS,
    DIGIT_WORDS,
    FIRST_EIGHT,
    FIRST_LINE_OPENS,
    FIRST_MARK,
    FIRST_WORDS,
    FOLDED,
    KEPT,
    LAST_BACK,
    LAST_LINE,
    LAST_LINE_WORDS,
    LAST_MARK,
    LINES,
    MARKS,
    NUMBERED,
    OPTIONS,
    REPLY,
    RING,
    SLOTS,
    STARTS_WITH_MARK,
    SYSTEM,
    WORDS,
    fill,
    scan,
)
from stillwatch.sketches.keys import PERMUTATIONS, PROJECTIONS, Constants
from stillwatch.sketches.lexicon import SCORES, SKILLS, STRUCTURE, lexicon

__all__ = ["BANDS", "HASHES", "Rows", "sketch_texts"]

BANDS = 4
HASHES = ("prompt_hash", "skeleton", "opening", "band_0", "band_1", "band_2", "band_3", "system_hash")
_KINDS = np.array([purpose(name) for name in HASHES], np.uint64)
_LATIN = SCRIPTS.index("latin")
_CYRILLIC, _ARABIC, _DEVANAGARI = SCRIPTS.index("cyrillic"), SCRIPTS.index("arabic"), SCRIPTS.index("devanagari")
_HAN, _KANA = SCRIPTS.index("han"), SCRIPTS.index("kana")
TAIL_WORDS = 16  # a last label is the template's end when no more words than this follow it
LAST_WORDS = 40  # a last line that looks back is an instruction, not a document, up to this length
SHORT = 6  # words: a shorter text has no template to speak of
IDS = 1 << 15  # different ids of words in the content sketch, and of word pairs


@dataclass(frozen=True, slots=True)
class Rows:
    """What the kernel found, by row. `present` says which hashes exist; `folded` is the text's unsealed hash."""

    hashes: NDArray[np.uint64]  # (n, HASHES)
    present: NDArray[np.bool_]  # (n, HASHES)
    folded: NDArray[np.uint64]
    characters: NDArray[np.int32]
    content: NDArray[np.uint16]  # (n, 2 * KEPT): ids of words, then of word pairs, 0 where there are fewer
    topic: NDArray[np.int32]
    language: NDArray[np.int8]
    scores: NDArray[np.int16]  # (n, SCORES)
    skill: NDArray[np.int8]
    features: NDArray[np.int32]  # (groups, concepts and rules): sums over the texts of a group


@numba.njit(cache=True, nogil=True)
def _skeleton(slots):  # type: ignore[no-untyped-def]
    """The slot-free hash and whether there is one: only what announces itself as fixed is taken.

    A label opens a line; "following", "you are" or a colon mark a fixed opening; "above" or a trailing label mark a
    fixed ending. A text with neither is free.
    """
    value = np.uint64(0x51)
    opened = closed = False
    if slots[STARTS_WITH_MARK] != 0:
        value, opened = chain(value, slots[FIRST_MARK]), True
    elif slots[AHEAD] != 0 or slots[FIRST_LINE_OPENS] != 0:
        value, opened = chain(chain(value, slots[FIRST_WORDS]), slots[FIRST_MARK]), True
    if slots[LAST_MARK] != 0 and slots[AFTER_MARK] <= np.uint64(TAIL_WORDS):
        value = chain(chain(value, np.uint64(3)), slots[LAST_MARK])
        closed = slots[AFTER_MARK] == 0 or slots[MARKS] > 1
    elif slots[LAST_BACK] != 0 and slots[LINES] > 1 and slots[LAST_LINE_WORDS] <= np.uint64(LAST_WORDS):
        value, closed = chain(chain(value, np.uint64(5)), slots[LAST_LINE]), True
    return value, (opened or closed) and slots[WORDS] >= np.uint64(SHORT)


@numba.njit(cache=True, nogil=True)
def _structure(slots, punctuation, tools, out):  # type: ignore[no-untyped-def]
    """Marks of form, each saturated to 0 … 2, in the order of lexicon.STRUCTURE."""
    words = np.float64(slots[WORDS]) + 1.0
    out[0] = np.float64(slots[MARKS])
    out[1] = np.float64(slots[NUMBERED]) / 2
    out[2] = punctuation[96] / 6.0
    out[3] = (punctuation[123] + punctuation[125]) / 4.0
    out[4] = punctuation[60] / 4.0
    out[5] = 10.0 * (punctuation[59] + punctuation[40] + punctuation[61] + punctuation[95]) / (words + 30.0)
    out[6] = (punctuation[92] + punctuation[36] + punctuation[94] + punctuation[43]) / 4.0
    out[7] = 8.0 * np.float64(slots[DIGIT_WORDS]) / (words + 8.0)
    out[8] = 3.0 if tools else 0.0
    for k in range(9):
        out[k] = 2.0 * out[k] / (1.0 + out[k])
    out[9] = np.log2(words) - 5.0 if words > 32.0 else 0.0
    out[10] = np.float64(slots[FIRST_LINE_OPENS])
    out[11] = np.float64(slots[OPTIONS] & np.uint64(7) == np.uint64(7))  # a, b and c at least
    out[12] = np.float64(slots[REPLY])


@numba.njit(cache=True, nogil=True)
def _judge(features, structure, weights, bias, sums):  # type: ignore[no-untyped-def]
    for k in range(len(sums)):
        sums[k] = bias[k]
    for f in range(len(features)):
        count = features[f]
        if count > 0:
            strength = np.float32(2.0 * count / (1.0 + count))
            for k in range(len(sums)):
                sums[k] += strength * weights[f, k]
    for f in range(len(structure)):
        for k in range(len(sums)):
            sums[k] += np.float32(structure[f]) * weights[len(features) + f, k]


@numba.njit(cache=True, nogil=True)
def _language(votes, scripts, script_languages):  # type: ignore[no-untyped-def]
    """Index into LANGUAGES, -1 where there are no letters. Kana beside Han is Japanese."""
    script = 0
    for s in range(1, len(scripts)):
        if scripts[s] > scripts[script] or script == 0:
            script = s
    if scripts[script] == 0:
        return -1
    if script == _HAN and scripts[_KANA] * 8 > scripts[_HAN]:
        script = _KANA
    if script in (_LATIN, _CYRILLIC, _ARABIC, _DEVANAGARI):
        best = np.argmax(votes)
        if votes[best] > 0:
            return best
    return script_languages[script]


@numba.njit(cache=True, nogil=True)
def _ids(kept, top, out):  # type: ignore[no-untyped-def]
    """One half of the content sketch: 15 bits of each kept hash, never 0, and `top`; ascending, so that no order of
    words shows, then 0."""
    for k in range(KEPT):
        value = np.uint16(0)
        if kept[k] != np.uint64(0xFFFFFFFFFFFFFFFF):
            value = np.uint16(max(np.int64(kept[k]) & np.int64(IDS - 1), np.int64(1)) | top)
        place = k
        while value > 0 and place > 0 and out[place - 1] > value:
            out[place] = out[place - 1]
            place -= 1
        out[place] = value


def _compile(source: int) -> Callable[..., None]:
    """The kernel over rows. `source` makes it a closure: numba's cache looks at this file and at closed-over values
    only, and would keep code compiled from an older kernel.py."""

    @numba.njit(cache=True, nogil=True)
    def rows(  # type: ignore[no-untyped-def]
        data, offsets, valid, groups, priors, prior_rows, tools, start, key, to, info, words, terms, starts, others,
        outcomes, bloom, multipliers, masks, projection, weights, bias, script_languages, kinds,
        hashes, present, folded, characters, content, topic, language, scores, skill, group_features,
    ):  # fmt: skip
        if source == 0:
            return
        features = np.zeros(group_features.shape[1], np.int32)
        minimums = np.zeros(PERMUTATIONS, np.uint32)
        counters, votes = np.zeros(64, np.int32), np.zeros(64, np.int32)
        kept_words, kept_pairs = np.zeros(KEPT, np.uint64), np.zeros(KEPT, np.uint64)
        scripts, punctuation = np.zeros(32, np.int32), np.zeros(128, np.int32)
        ring, seen, slots = np.zeros(RING, np.uint64), np.zeros(CONCEPTS, np.int64), np.zeros(SLOTS, np.uint64)
        structure = np.zeros(len(STRUCTURE), np.float64)
        sums = np.zeros(len(bias), np.float32)
        damped, dots = np.zeros(64, np.float32), np.zeros(PROJECTIONS, np.float32)
        for row in range(len(valid)):
            fill(features, 0)
            begin = offsets[row]
            end = offsets[row + 1] if valid[row] else begin
            scan(
                data, begin, end, start, to, info, words, terms, starts, others, outcomes, bloom, multipliers, masks,
                minimums, counters, kept_words, kept_pairs, features, votes, scripts, punctuation, ring, seen, slots,
            )  # fmt: skip
            if groups[row] >= 0:
                for f in range(len(features)):
                    group_features[groups[row], f] += features[f]
            for p in range(prior_rows.shape[0]):
                if prior_rows[p, row] >= 0:
                    for f in range(len(features)):
                        features[f] += priors[prior_rows[p, row], f]
            characters[row] = slots[CHARACTERS]
            folded[row] = slots[FOLDED]
            some = slots[WORDS] > 0
            skeleton, has_skeleton = _skeleton(slots)
            present[row, 0] = slots[ANY] != 0
            present[row, 1] = has_skeleton
            for k in range(2, 7):
                present[row, k] = some
            present[row, 7] = slots[ANY] != 0
            hashes[row, 0] = seal(key, kinds[0], slots[FOLDED])
            hashes[row, 1] = seal(key, kinds[1], skeleton)
            hashes[row, 2] = seal(key, kinds[2], slots[FIRST_EIGHT])
            for band in range(BANDS):
                whole = slots[FIRST_EIGHT] if slots[WORDS] < 3 else start  # too short for triples: the words themselves
                for k in range(band * 4, band * 4 + 4):
                    whole = chain(whole, np.uint64(minimums[k]))
                hashes[row, 3 + band] = seal(key, kinds[3 + band], whole)
            hashes[row, 7] = seal(key, kinds[7], chain(slots[SYSTEM], slots[FIRST_MARK]))
            _ids(kept_words, np.int64(0), content[row, :KEPT])
            _ids(kept_pairs, np.int64(IDS), content[row, KEPT:])
            # topic: square root damps what one long text repeats
            for k in range(64):
                root = np.sqrt(np.float32(abs(counters[k])))
                damped[k] = root if counters[k] > 0 else -root
            fill(dots, np.float32(0))
            for k in range(64):
                for p in range(PROJECTIONS):
                    dots[p] += projection[k, p] * damped[k]
            cell = 0
            for p in range(PROJECTIONS):
                cell = cell << 1 | (1 if dots[p] > 0 else 0)
            topic[row] = cell
            language[row] = _language(votes, scripts, script_languages)
            _structure(slots, punctuation, tools[row], structure)
            _judge(features, structure, weights, bias, sums)
            for k in range(len(SCORES)):
                scores[row, k] = np.int16(np.round(1000.0 / (1.0 + np.exp(-np.float64(sums[k])))))
            best, most = len(SKILLS) - 1, np.float32(0)  # chat, unless another skill's logit is above 0
            for k in range(len(SKILLS) - 1):
                if sums[len(SCORES) + k] > most:
                    best, most = k, sums[len(SCORES) + k]
            skill[row] = best

    return rows  # type: ignore[no-any-return]


_rows = _compile(fingerprint())


def sketch_texts(
    text: Text,
    fixed: Constants,
    *,
    groups: NDArray[np.int64] | None = None,
    priors: NDArray[np.int32] | None = None,
    prior_rows: NDArray[np.int64] | None = None,
    tools: NDArray[np.bool_] | None = None,
) -> Rows:
    """Sketch every text. A row that is not valid is read as an empty text.

    groups[i]: sum row i's features into this row of `Rows.features` (-1: nowhere). priors[m, *] with
    prior_rows[p, i]: add these rows of counts to row i's own before it is judged (-1: none). tools: any offered.
    """
    tables, words, rows = folding(), lexicon(int(fixed.start)), len(text)
    width = len(words.features)
    groups = np.full(rows, -1, np.int64) if groups is None else groups
    found = Rows(
        np.zeros((rows, len(HASHES)), np.uint64),
        np.zeros((rows, len(HASHES)), np.bool_),
        np.zeros(rows, np.uint64),
        np.zeros(rows, np.int32),
        np.zeros((rows, 2 * KEPT), np.uint16),
        np.zeros(rows, np.int32),
        np.zeros(rows, np.int8),
        np.zeros((rows, len(SCORES)), np.int16),
        np.zeros(rows, np.int8),
        np.zeros((int(groups.max(initial=-1)) + 1, width), np.int32),
    )
    _rows(
        text.data, text.offsets, text.valid, groups,
        np.zeros((0, width), np.int32) if priors is None else priors,
        np.zeros((0, rows), np.int64) if prior_rows is None else prior_rows,
        np.zeros(rows, np.bool_) if tools is None else tools,
        fixed.start, fixed.seal, tables.to, tables.info, words.keys, words.terms, words.starts, words.others,
        words.outcomes, words.bloom, fixed.multipliers, fixed.masks, fixed.projection, words.weights, words.bias,
        words.script_languages, _KINDS,
        found.hashes, found.present, found.folded, found.characters, found.content, found.topic, found.language,
        found.scores, found.skill, found.features,
    )  # fmt: skip
    return found
