from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes.fresh import Habits, fresh_pairs, require_width

Pair = tuple[tuple[int, ...], int]


def plainly(documents: list[tuple[list[int], int]], habits: Habits) -> dict[Pair, int]:
    """The same, by the words of the engines' manuals."""
    width, echoes, found = habits.width, set[Pair](), dict[Pair, int]()
    for tokens, prompt in documents:
        echoes |= {(tuple(tokens[i - width : i]), tokens[i]) for i in range(width, prompt)}
    for tokens, prompt in documents:
        begin = 0 if habits.prompted else prompt
        last, marked = dict[tuple[int, ...], int](), 0
        for i in range(prompt, len(tokens)):
            known = tokens[begin:i][-width:]
            if habits.prompted and (len(known) < width if prompt == 0 else not known):
                continue
            context = (*(-1,) * (width - len(known)), *known)
            before = last.get(context)
            last[context] = i
            if before is not None and (not habits.history or i - before <= habits.history):
                continue
            marked += 1
            if habits.budget and marked > habits.budget:
                break
            if (context, tokens[i]) not in echoes:
                found[context, tokens[i]] = found.get((context, tokens[i]), 0) + 1
    return found


documents = st.lists(
    st.lists(st.integers(0, 2), min_size=0, max_size=25).flatmap(
        lambda tokens: st.tuples(st.just(tokens), st.integers(0, len(tokens)))
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(documents, st.integers(1, 3), st.booleans(), st.sampled_from([0, 4]), st.sampled_from([0, 3]))
def test_pairs_are_those_of_the_manual(
    given: list[tuple[list[int], int]], width: int, prompted: bool, history: int, budget: int
) -> None:
    habits = Habits(width, prompted, history, budget)
    texts = Texts.of([tokens for tokens, _ in given], [prompt for _, prompt in given])
    pairs = fresh_pairs(texts, habits)
    contexts = [tuple(context) for context in pairs.contexts.tolist()]
    counts = dict(zip(zip(contexts, pairs.tokens.tolist(), strict=True), pairs.counts.tolist(), strict=True))
    assert counts == plainly(given, habits)
    assert len(counts) == len(pairs)
    assert (texts.tokens[pairs.positions] == pairs.tokens).all()


def test_hashes_name_the_pairs_as_elsewhere() -> None:
    texts = Texts.of([list(range(50))])
    ours, theirs = fresh_pairs(texts, Habits(3, prompted=True)), distinct_pairs(texts, 3)
    assert (ours.hashes == theirs.hashes).all()
    assert (ours.contexts == theirs.contexts).all()
    assert len(fresh_pairs(Texts.of([]), Habits(4, prompted=False))) == 0
    assert len(fresh_pairs(Texts.of([np.zeros(0, np.int32)]), Habits(4, prompted=False))) == 0


@pytest.mark.parametrize("width", [0, 65])
def test_width_has_bounds(width: int) -> None:
    with pytest.raises(BadSettings, match=f"width={width}"):
        require_width(width, "vllm-gumbel")
