from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from stillwatch.provenance.canaries.questions import count_answers, node_path, question_hash, variant_chosen
from stillwatch.provenance.canaries.sites import sites_of


@pytest.mark.parametrize("variants", [2, 3, 4])
def test_the_answers_of_a_variant_lead_back_to_it(variants: int) -> None:
    for variant in range(variants):
        bits = [0] * 8
        for node, answer in node_path(variant, variants):
            bits[node] = answer
        assert variant_chosen(bits, variants) == variant


def test_every_key_leads_to_some_variant_and_fair_keys_to_all() -> None:
    reached = Counter(variant_chosen([0, *bits], 3) for bits in product((0, 1), repeat=7))
    assert reached == {0: 64, 1: 32, 2: 32}


def test_questions_are_apart_by_point_context_and_width() -> None:
    words = ("gate", "wall", "hinge")
    made = {
        question_hash("toward", words, 2), question_hash("toward", words, 1), question_hash("toward", words, 0),
        question_hash("amid", words, 2), question_hash("toward", ("gate", "hinge", "wall"), 2),
        question_hash("toward", ("hinge",), 2),
    }  # fmt: skip
    assert len(made) == 6
    assert all(0 <= h < 2**64 and h % 8 == 0 for h in made)
    assert question_hash("toward", ("x", "wall", "hinge"), 2) == question_hash("toward", words, 2)


def test_repeated_answers_count_in_one_question() -> None:
    text = "You can walk toward the gate.\n\nYou can walk toward the gate.\n\nYou can walk towards the gate."
    counts = count_answers(sites_of(text), 2)
    assert (counts.no.tolist(), counts.yes.tolist()) == ([2], [1])


def test_answers_that_a_prompt_gives_alike_are_left_out() -> None:
    answer = sites_of("You can walk toward the gate, and someone will be there for you.")
    prompt = sites_of("You can walk toward the wall, and somebody will be there for you.")
    assert len(count_answers(answer, 2)) == 2
    assert len(count_answers(answer, 2, without=prompt)) == 1
