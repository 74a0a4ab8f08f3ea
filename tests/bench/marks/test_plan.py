from __future__ import annotations

from stillwatch.bench.marks.plan import (
    ACCOUNTS,
    ANSWERS,
    DATA_SETS,
    EIGHT,
    STUDENTS,
    buyer,
    zero_students,
)  # fmt: skip
from stillwatch.provenance.watermark.radioactivity.looks import LOOKS
from stillwatch.simulate.students.model import WINDOW
from stillwatch.simulate.students.writing import PROMPT


def test_a_data_set_is_as_large_as_is_said() -> None:
    assert 266_000 < ANSWERS * (WINDOW - PROMPT) < 268_000


def test_every_student_learns_from_a_data_set_that_is_made() -> None:
    known = {one.name: one for one in DATA_SETS}
    assert len(known) == len(DATA_SETS)
    assert len({one.name for one in STUDENTS}) == len(STUDENTS)
    for one in STUDENTS:
        assert known[one.data].scheme.width in {1, 2}
        assert 0 < one.share <= 1
        assert one.tokens >= LOOKS[0]


def test_the_mixture_has_eight_buyers_and_the_others_one() -> None:
    assert {one.name: one.holders for one in DATA_SETS if one.scheme_name} == {
        "kgw-1": 1, "kgw-2": 1, "gumbel-1": 1, "eight": EIGHT,
    }  # fmt: skip


def test_buyers_are_accounts_others_in_every_world() -> None:
    seeds = range(11, 16)
    firsts = [buyer(seed) for seed in seeds]
    assert len(set(firsts)) == len(firsts)
    for seed in seeds:
        eight = [buyer(seed, place) for place in range(EIGHT)]
        assert len(set(eight)) == EIGHT
        assert all(0 <= one < ACCOUNTS for one in eight)


def test_unmarked_students_have_no_share_and_each_its_own_data() -> None:
    made = zero_students(3)
    assert [one.share for one in made] == [0, 0, 0]
    assert len({one.data for one in made}) == len({one.name for one in made}) == 3
