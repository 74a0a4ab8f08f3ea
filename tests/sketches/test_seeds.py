from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sketches.buffers import text_of
from stillwatch.sketches.seeds import MOST_BYTES, Seeds, make_fingerprints, packaged_seeds, seed_matches

SEEDS = (
    "A farmer had seventeen sheep and all but nine of them ran away one night",
    "Describe in your own words how a lighthouse keeper spends a stormy winter evening",
    "Write a function that returns the longest common prefix of a list of strings",
)


def matches(*texts: str | None, seeds: tuple[str, ...] = SEEDS) -> list[int]:
    found: list[int] = seed_matches(text_of(pa.array(texts, pa.string())), Seeds.of(make_fingerprints(seeds))).tolist()
    return found


def test_a_seed_is_found_whole_whatever_its_case_and_marks() -> None:
    assert matches(*SEEDS) == [1000, 1000, 1000]
    assert matches(SEEDS[0].upper().replace(" ", " -- ")) == [1000]


def test_a_seed_inside_a_template_is_found() -> None:
    assert matches(f"### Instruction:\n{SEEDS[1]}\n\n### Response:") == [1000]


def test_other_texts_and_missing_ones_are_not() -> None:
    assert matches("How do I spend a stormy winter evening in my own words?", "", None) == [0, 0, 0]


def test_half_a_seed_is_part_of_a_match() -> None:
    (whole,) = matches(" ".join(SEEDS[2].split()[:9]))
    assert 0 < whole < 1000


def test_one_run_over_and_over_counts_once() -> None:
    run = " ".join(SEEDS[0].split()[:5])
    assert matches(" / ".join([run] * 50))[0] <= 250


def test_runs_that_two_seeds_share_tell_nothing() -> None:
    frame = "Translate the sentence that follows into good plain French"
    seeds = (f"{frame} the cat sleeps on a warm red roof", f"{frame} my uncle sells old maps of the moon")
    assert matches(f"{frame} I am late for work", seeds=seeds) == [0]
    assert matches(*seeds, seeds=seeds) == [1000, 1000]


def test_short_and_repeated_seeds_are_left_out() -> None:
    packed = make_fingerprints(["Name three rivers in Asia", SEEDS[0], SEEDS[0].lower(), ""])
    assert packed.index(0) == 1


def test_no_seeds_at_all() -> None:
    assert matches(*SEEDS, seeds=()) == [0, 0, 0]


def test_what_lies_far_behind_is_not_read() -> None:
    assert matches("x " * MOST_BYTES + SEEDS[0]) == [0]


def test_the_best_of_many_seeds_counts() -> None:
    many = tuple(f"{seed} number {number} of the long list of examples here" for seed in SEEDS for number in range(30))
    assert matches(" ".join(many[:40]) + " " + SEEDS[2], seeds=many)[0] == 1000


@given(text=st.text(max_size=200), before=st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read(text: str, before: str) -> None:
    value = seed_matches(text_of(pa.array([text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), before])))
    assert ((value >= 0) & (value <= 1000)).all()


def test_the_package_carries_seeds_and_no_text() -> None:
    table = packaged_seeds()
    assert len(table.runs) > 30_000
    assert set(table.runs.tolist()) <= {2, 3, 4}
    # The first question of a public training set (GSM8K), which every copy of it holds.
    question = (
        "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. "
        "How many clips did Natalia sell altogether in April and May?"
    )
    assert seed_matches(text_of(pa.array([question]))).tolist() == [1000]


@pytest.mark.parametrize("label", ["benign", "hard_negative"])
def test_honest_prompts_hardly_match(real_prompts: pa.Table, label: str) -> None:
    chosen = real_prompts.filter(pa.compute.equal(real_prompts.column("label"), label))
    assert (seed_matches(text_of(chosen.column("text"))) >= 500).mean() < 0.01
