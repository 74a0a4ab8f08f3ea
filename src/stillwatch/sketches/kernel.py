"""One pass over the bytes of each text: every sketch that needs the words, with no Python object a row.

A text is read code point by code point, folded (`folding`), and cut into words; each word feeds the MinHash of word
triples, the content counters, the lexicon matcher and the marks that make the skeleton. Work and memory are linear
in the bytes and independent of what the bytes say: broken UTF-8 counts as one strange character a byte.
"""

# numba, not mypy, infers the types in compiled functions
# mypy: disable-error-code="assignment, call-overload"
from __future__ import annotations

import numba
import numpy as np

from stillwatch.sketches.bits import PRIME, chain, mix
from stillwatch.sketches.folding import DIGIT, LETTER, NEWLINE, PUNCTUATION, SCRIPTS, SINGLE, SKIP

__all__ = ["CONCEPTS", "KEPT", "MAYBE", "NONE", "PER_TERM", "RING", "SLOTS", "STEM", "TAG", "WINDOW", "fill", "scan"]

CONCEPTS = 64  # at most
PER_TERM = 4  # concepts a term may have, and languages a stop word may vote for
NONE = 255
MAYBE = 64  # added to the language of a word that is no stop word
ASCII_LETTER = LETTER + 8 * SCRIPTS.index("latin")
AHEAD_CONCEPT, ROLE_CONCEPT, BACK_CONCEPT, REPLY_CONCEPT = 0, 1, 2, 3  # the lexicon numbers these first
WINDOW = 24  # two concepts meet within so many units: a spaced word is two, a character that is a word is one
STEM = 6  # code points of a stem term ("рассуж*")
RING = 8  # words of the longest term
OPENING = 8
KEPT = 16  # words, and word pairs, that the content sketch keeps
_FULL = np.uint64(0xFFFFFFFFFFFFFFFF)
SKELETON_WORDS = 6
SYSTEM_WORDS = 24
LABEL_WORDS = 4
HEADING_WORDS = 8
NEAR = 40  # words: "following" so early announces a slot
PLAIN = np.array([chr(code) in "'-&/()#*_[]<>`" for code in range(128)])  # marks that a label may hold
TAG = np.uint64(0x3C3C3C3C3C3C3C3C)
_WORD, _HASH, _STAR, _DASH, _DIGIT, _BULLET = 1, 35, 42, 45, 48, 8226  # what a line begins with
_QUOTE, _OPEN_QUOTE, _CLOSE_QUOTE, _COLON, _ANGLE, _CLOSE_ANGLE, _BRACKET, _CLOSE_BRACKET, _TICK, _SLASH = (
    34, 0x201C, 0x201D, 58, 60, 62, 91, 93, 96, 47
)  # fmt: skip

# What `scan` leaves in its `slots` array (uint64).
(
    CHARACTERS, WORDS, FOLDED, FIRST_EIGHT, FIRST_WORDS, SYSTEM, FIRST_MARK, LAST_MARK, AFTER_MARK,
    STARTS_WITH_MARK, FIRST_LINE_OPENS, LAST_LINE, LAST_LINE_WORDS, BACK, LAST_BACK, AHEAD, LINES, NUMBERED, MARKS,
    DIGIT_WORDS, ANY, OPTIONS, REPLY,
) = range(23)  # fmt: skip
SLOTS = REPLY + 1


@numba.njit(cache=True, nogil=True)
def fill(array, value):  # type: ignore[no-untyped-def]
    """array[:] = value, which numba takes long to compile."""
    for k in range(len(array)):
        array[k] = value


@numba.njit(cache=True, nogil=True)
def _find(keys, key):  # type: ignore[no-untyped-def]
    last = np.uint64(len(keys) - 1)
    slot = key & last
    while keys[slot] != 0:
        if keys[slot] == key:
            return np.int64(slot)
        slot = (slot + np.uint64(1)) & last
    return np.int64(-1)


@numba.njit(cache=True, nogil=True)
def _note(terms, entry, words, position, seen, features, starts, others, outcomes, slots):  # type: ignore[no-untyped-def]
    """Count a matched term's concepts, and the rules whose other concept is near."""
    for k in range(1, 1 + PER_TERM):
        concept = np.int64(terms[entry, k])
        if concept == NONE:
            return
        if seen[concept] == position:
            continue  # a longer term of the same concept ends here too
        seen[concept] = position
        features[concept] += 1
        for rule in range(starts[concept], starts[concept + 1]):
            gap = position - seen[others[rule]]
            if 0 < gap <= WINDOW:
                features[outcomes[rule]] += 1
        if concept == BACK_CONCEPT:
            slots[BACK] = np.uint64(1)
        elif concept <= ROLE_CONCEPT and words <= NEAR:
            slots[AHEAD] += np.uint64(1)


@numba.njit(cache=True, nogil=True)
def _keep(kept, value):  # type: ignore[no-untyped-def]
    """Put `value`, less than the last of `kept`, into its place among the KEPT least values seen, each once.

    The least by hash: a word is kept, or not, in whatever text it stands, so that texts compare.
    """
    place = KEPT - 1
    while place > 0 and kept[place - 1] >= value:
        place -= 1
    if kept[place] != value:
        for k in range(KEPT - 1, place, -1):
            kept[k] = kept[k - 1]
        kept[place] = value


@numba.njit(cache=True, nogil=True)
def _hit(bloom, key):  # type: ignore[no-untyped-def]
    """False where the lexicon certainly lacks `key`: 8 KB that stay in the fastest cache."""
    return bloom[key >> np.uint64(54)] >> ((key >> np.uint64(48)) & np.uint64(63)) & np.uint64(1) != 0


@numba.njit(cache=True, nogil=True)
def _mark(value, slots):  # type: ignore[no-untyped-def]
    """Remember a label, heading or tag at the start of a line."""
    slots[MARKS] += np.uint64(1)
    if slots[FIRST_MARK] == 0:
        slots[FIRST_MARK] = value
    slots[LAST_MARK] = value
    slots[AFTER_MARK] = np.uint64(0)


@numba.njit(cache=True, nogil=True)
def _decode(data, i, end):  # type: ignore[no-untyped-def]
    """(code point, bytes) of the UTF-8 sequence that starts at i; a broken one is U+FFFD and one byte."""
    c = np.int64(data[i])
    if 0xC2 <= c < 0xE0 and i + 1 < end and data[i + 1] & 0xC0 == 0x80:
        return (c & 0x1F) << 6 | (np.int64(data[i + 1]) & 0x3F), 2
    if 0xE0 <= c < 0xF0 and i + 2 < end and data[i + 1] & 0xC0 == 0x80 and data[i + 2] & 0xC0 == 0x80:
        return (c & 0x0F) << 12 | (np.int64(data[i + 1]) & 0x3F) << 6 | (np.int64(data[i + 2]) & 0x3F), 3
    if 0xF0 <= c < 0xF5 and i + 3 < end and data[i + 1] & 0xC0 == 0x80 and data[i + 2] & 0xC0 == 0x80:
        high = (c & 0x07) << 18 | (np.int64(data[i + 1]) & 0x3F) << 12
        return high | (np.int64(data[i + 2]) & 0x3F) << 6 | (np.int64(data[i + 3]) & 0x3F), 4
    return np.int64(0xFFFD), 1


@numba.njit(cache=True, nogil=True)
def scan(  # type: ignore[no-untyped-def]
    data, begin, end, start, to, info, keys, terms, starts, others, outcomes, bloom, multipliers, masks,
    minimums, counters, kept_words, kept_pairs, features, votes, scripts, punctuation, ring, seen, slots,
):  # fmt: skip
    """Read data[begin:end] and fill the arrays of `state`, which are reset here except `features` (they add up).

    keys … bloom: `lexicon.Lexicon`; multipliers, masks: `keys.Constants`. minimums uint32[16], counters int32[64],
    kept_words, kept_pairs uint64[KEPT] (the least hashes ascending, then all bits set), features int32[*], votes
    int32[64] by language, scripts int32[32], punctuation int32[128], ring uint64[RING], seen int64[CONCEPTS], slots
    uint64[SLOTS].
    """
    fill(minimums, np.uint32(0xFFFFFFFF))
    hits = np.zeros(RING + 2, np.int64)
    fill(counters, 0)
    fill(kept_words, _FULL)
    fill(kept_pairs, _FULL)
    fill(votes, 0)
    fill(scripts, 0)
    fill(punctuation, 0)
    fill(seen, -1_000_000)
    fill(slots, np.uint64(0))
    folded = opening = first_words = system = line = h = start
    one_back = two_back = stem = np.uint64(0)
    length = words = position = first_count = line_words = line_begins = script = characters = 0
    before = last_code = ticks = digit_words = 0
    lone_a = only_digits = single = previous_digit = tagged = labelled = quoted = fenced = first_line_done = False
    line_clean = True
    i = begin
    while i <= end:
        width = 1
        if i == end:  # the end of the text reads as a line break
            here, kind, code = 0, NEWLINE, 10
        else:
            code = np.int64(data[i])
            if code >= 0x80:
                code, width = _decode(data, i, end)
            characters += 1
            if code < len(info):
                here, kind = np.int64(info[code] >> 3), np.int64(info[code] & 7)
                code = np.int64(to[code])
            else:
                here, kind = 0, SKIP if 0xE0000 <= code < 0xE0200 else SINGLE
            if kind == SKIP:
                i += width
                continue
        if length > 0 and (single or (kind != LETTER and kind != DIGIT)):  # a word ends
            w = mix(h)
            lone_a = length == 1 and last_code == 97
            folded = (folded ^ w) * PRIME
            words += 1
            position += 1 if single else 2
            weight = 2
            found = 0  # terms that end in this word
            entry = _find(keys, w) if _hit(bloom, w) else -1
            if entry >= 0:
                if terms[entry, 1] != NONE:
                    hits[found] = entry
                    found += 1
                gram = w
                for distance in range(1, min(np.int64(terms[entry, 0]), words)):
                    gram = chain(gram, ring[(words - 1 - distance) & (RING - 1)])
                    longer = _find(keys, gram) if _hit(bloom, gram) else -1
                    if longer >= 0:
                        hits[found] = longer
                        found += 1
                if tagged:
                    longer = _find(keys, chain(w, TAG))
                    if longer >= 0:
                        hits[found] = longer
                        found += 1
                if terms[entry, 1 + PER_TERM] != NONE:
                    weight = 1 if terms[entry, 1 + PER_TERM] < MAYBE else 2
                    for k in range(1 + PER_TERM, 1 + 2 * PER_TERM):
                        if terms[entry, k] != NONE:
                            votes[terms[entry, k] % MAYBE] += 1
            if stem != 0:
                s = mix(stem ^ TAG)
                entry = _find(keys, s) if _hit(bloom, s) else -1
                if entry >= 0:
                    hits[found] = entry
                    found += 1
            for k in range(found):
                _note(terms, hits[k], words, position, seen, features, starts, others, outcomes, slots)
            ring[(words - 1) & (RING - 1)] = w
            counters[w >> np.uint64(58)] += weight if w & np.uint64(1) else -weight
            if w < kept_words[KEPT - 1]:
                _keep(kept_words, w)
            if words > 1:
                pair = chain(one_back, w)
                if pair < kept_pairs[KEPT - 1]:
                    _keep(kept_pairs, pair)
                counters[pair >> np.uint64(58)] += 1 if pair & np.uint64(1) else -1
            if words > 2:
                triple = np.uint32(chain(chain(two_back, one_back), w) >> np.uint64(20))
                for k in range(len(minimums)):
                    minimums[k] = min(minimums[k], np.uint32((triple ^ masks[k]) * multipliers[k]))
            two_back = one_back
            one_back = w
            scripts[script] += length
            if words <= OPENING:
                opening = chain(opening, w)
            if slots[LAST_MARK] != 0:
                slots[AFTER_MARK] += np.uint64(1)
            if only_digits:
                digit_words += 1
            else:
                # "A." or "(b)" opens a line: one of several options
                if line_words == 0 and length == 1 and code in (41, 46, 58, 0x3001) and 97 <= last_code < 105:
                    slots[OPTIONS] |= np.uint64(1 << (last_code - 97))
                line_words += 1
                line = chain(line, w)
                if words <= SYSTEM_WORDS:
                    system = chain(system, w)
                if first_count < SKELETON_WORDS and not quoted:
                    first_words = chain(first_words, w)
                    first_count += 1
            h = start
            stem = np.uint64(0)
            length = before = 0
            single = False
        if LETTER <= kind <= SINGLE:
            if length == 0:
                tagged = before in (_ANGLE, _SLASH)
                script = here
                single = kind == SINGLE
                only_digits = kind == DIGIT
                previous_digit = False
                if line_begins == 0:
                    line_begins = _DIGIT if kind == DIGIT else _WORD
            if kind == DIGIT:
                folded = (folded ^ np.uint64(code)) * PRIME
                if not previous_digit:
                    h = (h ^ np.uint64(48)) * PRIME
                    length += 1
            else:
                h = (h ^ np.uint64(code)) * PRIME
                length += 1
                only_digits = False
                if length == STEM:
                    stem = h
                if width == 1:  # the usual case, short-cut: more plain letters
                    while i + 1 < end and data[i + 1] < 0x80 and info[data[i + 1]] == ASCII_LETTER:
                        i += 1
                        h = (h ^ np.uint64(to[data[i]])) * PRIME
                        length += 1
                        characters += 1
                        if length == STEM:
                            stem = h
            previous_digit = kind == DIGIT
            last_code = code
        elif kind == PUNCTUATION:
            folded = (folded ^ np.uint64(code)) * PRIME
            if code < 128:
                punctuation[code] += 1
            before = last_code = code
            if line_begins == 0:
                line_begins = code
            ticks = ticks + 1 if code == _TICK else 0
            if ticks == 3:
                fenced = not fenced
            if code == _QUOTE:
                quoted = not quoted
            elif code in (_OPEN_QUOTE, _CLOSE_QUOTE):
                quoted = code == _OPEN_QUOTE
            elif not labelled and not fenced and line_clean and 0 < line_words <= HEADING_WORDS:
                follows = data[i + width] if i + width < end else 32
                label = code == _COLON and line_words <= LABEL_WORDS
                tag = code == _CLOSE_ANGLE and line_begins == _ANGLE and line_words <= LABEL_WORDS
                bracket = code == _CLOSE_BRACKET and line_begins == _BRACKET
                if tag or bracket or (label and (follows <= 32 or follows == _STAR or width > 1)):
                    labelled = True
                elif code > 127 or not PLAIN[code]:
                    line_clean = False
                if labelled:
                    _mark(line, slots)
                    if not first_line_done:
                        slots[STARTS_WITH_MARK] = np.uint64(1)
        else:
            before = 0
            if kind == NEWLINE:
                if line_words > 0:
                    if line_begins == _HASH and not labelled and not fenced and line_words <= HEADING_WORDS:
                        _mark(line, slots)
                    if not first_line_done:
                        slots[FIRST_LINE_OPENS] = np.uint64(last_code == _COLON)
                        first_line_done = True
                    slots[LINES] += np.uint64(1)
                    slots[LAST_LINE], slots[LAST_LINE_WORDS] = line, np.uint64(line_words)
                    slots[LAST_BACK] = slots[BACK]
                    listed = line_begins in (_DIGIT, _DASH, _STAR, _BULLET)
                    slots[NUMBERED] += np.uint64(listed)
                    slots[BACK] = np.uint64(0)
                line = start
                line_words = line_begins = 0
                line_clean = True
                labelled = quoted = False
        i += width
    slots[CHARACTERS] = np.uint64(characters)
    slots[WORDS] = np.uint64(words)
    slots[FOLDED] = folded
    slots[FIRST_EIGHT] = opening
    slots[FIRST_WORDS] = first_words
    slots[SYSTEM] = system
    slots[DIGIT_WORDS] = np.uint64(digit_words)
    slots[ANY] = np.uint64(folded != start)
    ends = slots[LAST_MARK] != 0 and slots[AFTER_MARK] == 0 and (seen[REPLY_CONCEPT] == position or lone_a)
    slots[REPLY] = np.uint64(ends and words > 1)  # the text hands over at "Answer:" or "A:"
