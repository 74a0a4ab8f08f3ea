from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.errors import BadSettings, NothingToRead
from stillwatch.provenance.canaries.detection import detect_wording, residual_pairs, wording_counts
from stillwatch.provenance.canaries.marking import mark_wording
from stillwatch.provenance.canaries.questions import Counts
from stillwatch.provenance.canaries.reading import Answers
from stillwatch.provenance.canaries.scheme import Wording
from stillwatch.provenance.watermark.keys import KeyName
from stillwatch.provenance.watermark.tails import Tail
from stillwatch.provenance.watermark.text import Candidate, decoy_keys

Key = Callable[[str], bytes]


def of(texts: list[str], prompts: list[str] | None = None) -> Answers:
    return Answers(tuple(map(str, range(len(texts)))), tuple(texts), tuple(prompts or [""] * len(texts)))


def candidates(key: Key, *names: str, counts: bool = True) -> list[Candidate]:
    scheme = Wording(2).name
    return [Candidate(KeyName(provider="p", scheme=scheme, epoch="e", account=n), key(n), counts) for n in names]


@pytest.fixture(scope="module")
def marked(answers: list[str], key: Key) -> list[str]:
    return [mark_wording(text, key("guilty")).text for text in answers[:16]]


def test_marked_answers_are_found_and_no_other_key_is(marked: list[str], key: Key) -> None:
    tried = candidates(key, *(f"innocent {i}" for i in range(50)), "guilty")
    case = detect_wording(of(marked), Wording(2), tried)
    assert case.verdict == "marked"
    assert [one.account for one in case.keys if one.accused] == ["guilty"]
    assert case.keys[0].log10_p is not None and case.keys[0].log10_p < -12
    assert case.keys[0].rank == 1
    assert case.decoys.sound and case.access == "text" and case.weight == "equal"
    assert "p < 1e-12" in case.sentence and "distinct choices" in case.sentence
    assert any("weaker" in limit for limit in case.limits)


def test_unmarked_answers_show_nothing_and_that_means_nothing(answers: list[str], key: Key) -> None:
    case = detect_wording(of(answers), Wording(2), candidates(key, "guilty", "b"))
    assert case.verdict == "not shown"
    assert "means nothing" in case.sentence


def test_a_leaked_key_accuses_nobody(marked: list[str], key: Key) -> None:
    case = detect_wording(of(marked), Wording(2), candidates(key, "guilty", counts=False))
    assert case.verdict == "not shown"
    assert case.keys[0].log10_p is not None and case.keys[0].log10_p < -12


def test_copies_add_nothing(marked: list[str], key: Key) -> None:
    once = detect_wording(of(marked), Wording(2), candidates(key, "guilty"), decoys=100)
    often = detect_wording(of(marked * 3), Wording(2), candidates(key, "guilty"), decoys=100)
    assert often.pairs == once.pairs
    assert often.keys[0].log10_p == once.keys[0].log10_p


def test_what_the_prompt_words_alike_is_not_counted(marked: list[str]) -> None:
    echoed = wording_counts(of(marked, marked), 2)
    assert len(echoed) == 0
    assert len(wording_counts(of(marked), 2)) > 50


def test_too_little_text_abstains_or_shows_nothing(key: Key) -> None:
    case = detect_wording(of(["Nothing to choose."]), Wording(2), candidates(key, "a"))
    assert case.verdict == "abstains"
    assert (case.pairs, case.keys[0].accused) == (0, False)


def test_settings_are_checked(marked: list[str], key: Key) -> None:
    with pytest.raises(NothingToRead, match="no key"):
        detect_wording(of(marked), Wording(2), [])
    with pytest.raises(BadSettings, match="between 0 and 1"):
        detect_wording(of(marked), Wording(2), candidates(key, "a"), level=2)


def counts(rows: list[tuple[int, int]]) -> Counts:
    table = np.array(rows, np.int64).reshape(-1, 2)
    return Counts(np.arange(8, 8 * len(rows) + 8, 8, dtype=np.uint64), table[:, 0], table[:, 1], np.arange(len(rows)))


def test_the_residual_is_against_the_references_habit() -> None:
    # The suspect says yes less often than the reference, though still mostly.
    pairs, weights = residual_pairs(counts([(40, 60), (50, 50)]), counts([(10, 990), (500, 500)]))
    assert pairs.tokens.tolist() == [0]
    assert weights[0] > 5


def test_a_larger_reference_and_a_larger_surprise_weigh_more() -> None:
    suspect = counts([(0, 20)])
    small, large = (residual_pairs(suspect, counts([rows]))[1][0] for rows in ((2, 2), (200, 200)))
    assert large > small
    assert residual_pairs(counts([(0, 40)]), counts([(200, 200)]))[1][0] > large


def test_a_model_with_a_keys_habits_is_found_by_residuals_and_wrong_keys_are_uniform(key: Key) -> None:
    draw = np.random.default_rng(4)
    habit = draw.beta(2, 2, 120)
    reference = [(900 - int(900 * h), int(900 * h)) for h in habit]
    questions = counts(reference)
    scheme = Wording(0)
    wanted = scheme.answers(questions.hashes, key("guilty"))
    taught = np.clip(habit + 0.12 * (2 * wanted - 1), 0.01, 0.99)
    yes = draw.binomial(60, taught)
    pairs, weights = residual_pairs(counts([(60 - y, y) for y in yes]), questions)
    tail = Tail(weights, scheme.law)
    assert tail.log10_p(scheme.totals(pairs, weights, [key("guilty")]))[0] < -8
    wrong = tail.log10_p(scheme.totals(pairs, weights, decoy_keys(2_000, 3)))
    assert wrong.min() > -6
    assert 0.03 < np.mean(wrong <= np.log10(0.05)) < 0.07


def test_a_reference_makes_it_a_test_of_a_model(answers: list[str], marked: list[str], key: Key) -> None:
    case = detect_wording(of(marked), Wording(2), candidates(key, "guilty"), reference=of(answers[16:]))
    assert (case.kind, case.access, case.weight, case.verdict) == ("radioactivity", "closed", "residual", "marked")
    assert any("student" in limit for limit in case.limits)
