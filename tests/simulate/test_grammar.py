from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.simulate.grammar import LANGUAGES, Grammar, load_grammar
from stillwatch.simulate.keys import mix
from stillwatch.simulate.voices import LOOSE, MIXTURES, SETS, TECHNICAL

SMALL = {
    "language": "en",
    "tables": {"colour": "red | blue | green | grey", "size": "big | small"},
    "topics": [{"family": "life", "name": "a", "thing": "rose"}, {"family": "tech", "name": "b", "thing": "disk"}],
    "grown": [{"name": "pair", "count": 9, "frames": ["{colour}-{thing}"]}],
    "frames": {"one": ["A {=size} {colour*3} {thing} {pair}."]},
}
OTHERS = [
    {"language": code, "topics": [{"family": family, "name": "x", "thing": code} for family in ("life", "tech")]}
    for code in LANGUAGES[1:]
]


def _texts(grammar: Grammar, keys: list[int], fixed: int = 1, person: int = 0, technical: bool = False) -> list[str]:
    column = np.array(keys, dtype=np.uint64)
    people = np.full(len(keys), person, dtype=np.uint64)
    code = np.zeros(len(keys), dtype=np.int64)
    frames = grammar.frames(code, code, ("one",), people, column)
    topics = grammar.topics(frames, np.full(len(keys), technical), people, column)
    texts: list[str] = grammar.render(frames, topics, people, column, np.full(len(keys), fixed, np.uint64)).to_pylist()
    return texts


def test_fixed_slots_follow_the_template_and_others_the_key() -> None:
    grammar = Grammar([SMALL, *OTHERS])
    texts = _texts(grammar, list(range(200)))
    assert len({text.split()[1] for text in texts}) == 1
    assert len(set(texts)) > 50
    sizes = {_texts(grammar, [1], fixed=fixed)[0].split()[1] for fixed in range(20)}
    assert sizes == {"big", "small"}


def test_topics_reach_grown_phrases() -> None:
    grammar = Grammar([SMALL, *OTHERS])
    assert all("rose" in text and "-rose." in text for text in _texts(grammar, list(range(20))))
    assert all("disk" in text and "-disk." in text for text in _texts(grammar, list(range(20)), technical=True))


def test_an_unknown_slot_is_refused_at_load() -> None:
    broken = {**SMALL, "frames": {"one": ["A {nothing}"]}}
    with pytest.raises(KeyError, match="nothing"):
        Grammar([broken, *OTHERS])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2**63), min_size=1, max_size=40, unique=True), st.integers(0, 2**63))
def test_a_text_depends_on_its_own_row_alone(keys: list[int], person: int) -> None:
    grammar = load_grammar()
    column = np.array(keys, dtype=np.uint64)
    people = np.full(len(keys), person, dtype=np.uint64)
    languages = (mix(column, 1) % np.uint64(len(LANGUAGES))).astype(np.int64)
    sets = (mix(column, 2) % np.uint64(len(SETS))).astype(np.int64)

    def write(rows: slice) -> list[str]:
        frames = grammar.frames(languages[rows], sets[rows], SETS, people[rows], column[rows])
        topics = grammar.topics(frames, TECHNICAL[sets[rows]], people[rows], column[rows])
        texts: list[str] = grammar.render(frames, topics, people[rows], column[rows], column[rows]).to_pylist()
        return texts

    together = write(slice(None))
    assert together == [write(slice(index, index + 1))[0] for index in range(len(keys))]
    assert all(text.strip() for text in together)


def test_the_package_has_frames_for_all_that_is_asked_of_it() -> None:
    grammar = load_grammar()
    for name in (*SETS, *LOOSE, *(name for weights in MIXTURES.values() for name in weights)):
        start, size = grammar.frame_range("en", name)
        assert size > 0
        assert start >= 0


def test_each_language_writes_its_own_script() -> None:
    grammar = load_grammar()
    script = {"zh": "一鿿", "ja": "ぁヿ", "ru": "ЀӿӾ"}
    for code, (low, high, *_) in script.items():
        texts = " ".join(grammar.write(code, "chat", mix(np.arange(20))))
        assert sum(low <= letter <= high for letter in texts) > 100


def test_prompts_are_many_and_people_differ() -> None:
    grammar = load_grammar()
    keys, zero = mix(np.arange(20_000)), np.zeros(20_000, dtype=np.int64)
    texts = []
    for person in (11, 12):
        people = np.full(20_000, person, dtype=np.uint64)
        frames = grammar.frames(zero, zero, ("chat",), people, keys)
        topics = grammar.topics(frames, np.zeros(20_000, dtype=np.bool_), people, keys)
        texts.append(grammar.render(frames, topics, people, keys, keys).to_pylist())
    assert len(set(texts[0])) > 10_000  # one person alone, short questions among them
    words = [set(" ".join(part[:300]).split()) for part in texts]
    assert len(words[0] & words[1]) < 0.8 * min(len(words[0]), len(words[1]))
