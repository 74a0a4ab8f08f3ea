from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.watch.lineage import Present, trace
from stillwatch.watch.records import Known

Make = Callable[..., Known]


def present(name: str, accounts: Iterable[str], links: Iterable[tuple[str, str]] = ()) -> Present:
    return Present(name, frozenset(accounts), frozenset(links))


def letters(text: str) -> list[str]:
    return list(text)


def test_a_campaign_keeps_its_id_while_it_grows_and_shrinks(known: Make) -> None:
    before = [known("C-1", letters("abcdef")), known("C-2", letters("uvwxyz"))]
    after = trace(before, [present("new-name", letters("uvwxyz123")), present("other", letters("abc"))])
    assert after.ids == ("C-2", "C-1")
    assert (after.born, after.merged) == ({}, {})


def test_the_largest_overlap_keeps_the_id_and_the_other_is_merged(known: Make) -> None:
    before = [known("C-1", letters("abcd")), known("C-2", letters("uvwxyz"))]
    after = trace(before, [present("n", letters("abcduvwxyz"))])
    assert after.ids == ("C-2",)
    assert after.merged == {"C-1": "C-2"}


def test_what_splits_off_is_new_and_says_from_where(known: Make) -> None:
    after = trace(
        [known("C-1", letters("abcdefghij"))], [present("n", letters("hij1")), present("m", letters("abcdefg"))]
    )
    assert after.ids == ("n", "C-1")
    assert after.born == {"n": "C-1"}


def test_an_id_is_never_given_twice(known: Make) -> None:
    """A closed campaign and one that stands for replacements keep their ids to themselves."""
    closed = known("C-1", letters("abc"), merged_into="C-2")
    entry = known("C-3", letters("xyz"), replaces="C-2")
    after = trace(
        [closed, known("C-2", letters("uvw")), entry], [present("C-1", letters("abc")), present("C-3", "xyz")]
    )
    assert set(after.ids).isdisjoint({"C-1", "C-2", "C-3"})
    assert after.born == dict.fromkeys(after.ids)


def test_a_few_common_accounts_are_not_the_same_campaign(known: Make) -> None:
    after = trace([known("C-1", letters("abcdefghij"))], [present("n", letters("a12345678"))])
    assert after.ids == ("n",)
    assert after.born == {"n": None}
    assert after.merged == {}


def test_all_new_accounts_under_the_same_toolkit_are_the_same_campaign(known: Make) -> None:
    links = [("stack", "s"), ("payment_bin", "p"), ("skeleton", "k"), ("release", "hour 5")]
    before = [known("C-1", letters("abc"), links=tuple(sorted(links)))]
    assert trace(before, [present("n", letters("xyz"), links[:3])]).ids == ("C-1",)
    assert trace(before, [present("n", letters("xyz"), links[:2] + links[3:])]).ids == ("n",)
    # Where accounts tell, traits do not: the same toolkit in other hands is another group.
    both = [present("n", letters("abc"), links), present("m", letters("xyz"), links)]
    assert trace(before, both).ids == ("C-1", "m")


def run(history: list[list[frozenset[int]]], make: Make) -> tuple[list[dict[frozenset[int], str]], tuple[Known, ...]]:
    """Ids by members at every look, and all that is known in the end."""
    remembered: tuple[Known, ...] = ()
    named = []
    for number, groups in enumerate(history, start=1):
        today = [present(f"N-{sorted(group)}", map(str, group)) for group in groups]
        after = trace(remembered, today)
        ids = {one.id: one for one in remembered}
        for name, group in zip(after.ids, today, strict=True):
            ids[name] = make(name, tuple(group.accounts), last_look=number, split_from=after.born.get(name))
        for name, heir in after.merged.items():
            ids[name] = msgspec.structs.replace(ids[name], merged_into=heir)
        remembered = tuple(ids[name] for name in sorted(ids))
        named.append(dict(zip(groups, after.ids, strict=True)))
    return named, remembered


# Looks at a world of 24 accounts in random disjoint groups: they grow, shrink, merge, split, vanish and come back.
HISTORIES = st.lists(st.lists(st.integers(0, 5), min_size=24, max_size=24), min_size=2, max_size=6)


def groups_of(labels: list[int]) -> list[frozenset[int]]:
    made = [frozenset(place for place, label in enumerate(labels) if label == value) for value in range(1, 6)]
    return [group for group in made if len(group) >= 2]


@given(HISTORIES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_ids_follow_from_history_alone(labels: list[list[int]], dice: Any) -> None:
    def make(name: str, accounts: tuple[str, ...], **more: Any) -> Known:
        return Known(
            id=name, origin="toolkit", status="review", accounts=tuple(sorted(accounts)), links=(), first_look=1, **more
        )

    history = [groups_of(look) for look in labels]
    named, remembered = run(history, make)
    shuffled = [dice.sample(groups, len(groups)) for groups in history]
    again, same = run(shuffled, make)
    assert named == again and remembered == same, "the order of groups decides nothing"
    assert run(history[:-1], make)[0] == named[:-1], "what comes later changes nothing before"
    for look in named:
        assert len(set(look.values())) == len(look), "two groups have one id"
    closed: set[str] = set()
    for number, look in enumerate(named, start=1):
        assert closed.isdisjoint(look.values()), "a closed id is used again"
        partial = run(history[:number], make)[1]
        closed = {one.id for one in partial if one.merged_into is not None}
        assert all(one.merged_into in look.values() or one.id in {c.id for c in partial} for one in partial)
    heirs = {one.id: one.merged_into for one in remembered if one.merged_into}
    assert all(heir in {one.id for one in remembered} and heir != name for name, heir in heirs.items())


@given(HISTORIES)
@settings(max_examples=30, deadline=None)
def test_a_campaign_that_holds_still_keeps_its_id(labels: list[list[int]]) -> None:
    def make(name: str, accounts: tuple[str, ...], **more: Any) -> Known:
        return Known(
            id=name, origin="toolkit", status="review", accounts=tuple(sorted(accounts)), links=(), first_look=1, **more
        )

    still = frozenset({100, 101, 102})
    named, _ = run([[*groups_of(look), still] for look in labels], make)
    assert len({look[still] for look in named}) == 1
