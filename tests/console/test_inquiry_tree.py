import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.console.inquiry_tree import MOST_LEAVES, draw_tree
from stillwatch.inquiry import Branch, Member


def member(place: int, role: str = "control") -> Member:
    return Member(model=f"m{place}", family="f", provider="p", role=role)  # type: ignore[arg-type]


def members(count: int) -> list[Member]:
    roles = {0: "suspect", 1: "teacher"}
    return [member(place, roles.get(place, "control")) for place in range(count)]


def branch(left: int, right: int, distance: float = 1.0) -> Branch:
    return Branch(left=left, right=right, distance=distance)


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[Member], list[Branch]]:
    count = draw(st.integers(2, 60))
    free, made = list(range(count)), []
    for node in range(count, 2 * count - 1):
        left = free.pop(draw(st.integers(0, len(free) - 1)))
        right = free.pop(draw(st.integers(0, len(free) - 1)))
        made.append(branch(left, right, draw(st.floats(-0.01, 5))))
        free.append(node)
    return members(count), made


def children(node: int, count: int, branches: list[Branch]) -> set[int]:
    if node < count:
        return {node}
    one = branches[node - count]
    return children(one.left, count, branches) | children(one.right, count, branches)


@given(trees())
@settings(max_examples=80, deadline=None)
def test_every_model_has_a_row_and_no_branch_crosses(case: tuple[list[Member], list[Branch]]) -> None:
    tree = draw_tree(*case)
    assert tree is not None
    names = [leaf.model for leaf in tree.leaves]
    assert sorted(names) == sorted(one.model for one in case[0])
    assert all(0 < leaf.y < tree.height for leaf in tree.leaves)
    rows = {name: row for row, name in enumerate(names)}
    for node in range(len(case[0]), 2 * len(case[0]) - 1):
        below = sorted(rows[f"m{leaf}"] for leaf in children(node, len(case[0]), case[1]))
        assert below == list(range(below[0], below[0] + len(below)))
    assert re.fullmatch(r"(M[\d.-]+ [\d.-]+(V[\d.-]+)?H[\d.-]+)+", tree.branches)
    assert tree.link


def test_suspect_and_teacher_are_joined_by_a_strong_line() -> None:
    tree = draw_tree(members(4), [branch(1, 2, 0.2), branch(0, 4, 0.5), branch(3, 5, 0.9)])
    assert tree is not None
    assert tree.distance == 0.5
    assert tree.link.count("M") == 3
    assert [leaf.role for leaf in tree.leaves] == ["control", "suspect", "teacher", "control"]
    assert tree.start == 0


def test_joins_far_from_zero_move_the_beginning_of_the_axis() -> None:
    tree = draw_tree(members(3), [branch(0, 1, 0.8), branch(2, 3, 0.9)])
    assert tree is not None
    assert 0.7 < tree.start < 0.8
    assert tree.ticks[-1][1] == "0.90"


def test_without_teacher_there_is_no_strong_line() -> None:
    tree = draw_tree([member(0, "suspect"), member(1)], [branch(0, 1)])
    assert tree is not None
    assert (tree.link, tree.distance) == ("", None)


@pytest.mark.parametrize(
    "branches",
    [
        [],
        [branch(0, 1)],
        [branch(0, 1), branch(0, 2)],
        [branch(0, 0), branch(1, 2)],
        [branch(0, 4), branch(1, 2)],
        [branch(-1, 1), branch(2, 3)],
        [branch(0, 1, float("nan")), branch(2, 3)],
        [branch(0, 1), branch(2, 3, float("inf"))],
        [branch(0, 1), branch(2, 3), branch(3, 4)],
    ],
)
def test_branches_that_make_no_tree_are_not_drawn(branches: list[Branch]) -> None:
    assert draw_tree(members(3), branches) is None


def test_a_chain_of_many_models_is_drawn_and_too_many_are_not() -> None:
    def chain(count: int) -> list[Branch]:
        return [branch(0, 1), *(branch(n, count + n - 2, float(n)) for n in range(2, count))]

    assert draw_tree(members(MOST_LEAVES), chain(MOST_LEAVES)) is not None
    assert draw_tree(members(MOST_LEAVES + 1), chain(MOST_LEAVES + 1)) is None
    assert draw_tree(members(1), []) is None
    assert draw_tree(members(2), [branch(0, 1, 0.0)]) is not None
