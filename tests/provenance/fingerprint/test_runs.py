from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.fingerprint.runs import contains, marks, shared_runs, word_list

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30)


def test_words_know_where_they_stand() -> None:
    words, spans = word_list("It's 3 o'clock, ÉMILE_x!")
    assert words == ["it's", "3", "o'clock", "émile", "x"]
    assert [("It's 3 o'clock, ÉMILE_x!"[a:b]).lower() for a, b in spans] == words


def test_the_longest_run_is_found_and_not_its_parts() -> None:
    first = ["one", "two", "three", "four", "five", "six", "and", "one", "two", "three"]
    second = ["zero", "one", "two", "three", "four", "five", "nine", "one", "two", "three"]
    assert [(run.start, run.end, run.other) for run in shared_runs(first, second, 3)] == [(0, 5, 1), (7, 10, 1)]


@settings(max_examples=80, deadline=None)
@given(WORDS, WORDS, st.integers(1, 4))
def test_every_run_stands_in_both_and_cannot_be_longer(first: list[str], second: list[str], least: int) -> None:
    runs = shared_runs(first, second, least)
    for run in runs:
        length = run.end - run.start
        assert length >= least
        assert first[run.start : run.end] == second[run.other : run.other + length]
        assert contains(second, first[run.start : run.end])
        grown = first[run.start : run.end + 1]
        assert run.end == len(first) or grown != second[run.other : run.other + length + 1]
    assert all(a.end <= b.start for a, b in pairwise(runs))


def test_a_run_is_whole_words() -> None:
    assert contains(["the", "cat", "sat"], ["cat", "sat"])
    assert not contains(["the", "tomcat", "sat"], ["cat", "sat"])


def test_marks_are_sorted_and_do_not_overlap() -> None:
    _, spans = word_list("aa bb cc dd")
    assert marks(spans, [(2, 4), (0, 1)]) == ((0, 2), (6, 11))
    assert marks(spans, [(0, 2), (1, 3)]) == ((0, 8),)
    assert marks(spans, []) == ()
