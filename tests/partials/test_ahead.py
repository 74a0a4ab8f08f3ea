import threading
from collections.abc import Iterator

import pytest

from stillwatch.partials.ahead import ahead


def test_the_same_items_in_order() -> None:
    assert list(ahead(range(50))) == list(range(50))
    assert list(ahead([])) == []


def test_the_next_item_is_made_while_one_is_in_use() -> None:
    made = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for place, event in enumerate(made):
            event.set()
            yield place

    got = ahead(items())
    assert next(got) == 0
    assert made[1].wait(10)  # nobody has asked for it
    assert list(got) == [1, 2]


def test_an_error_comes_where_its_item_would_have_come() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("no room")

    got = ahead(items())
    assert next(got) == 1
    with pytest.raises(OSError, match="no room"):
        next(got)


def test_who_stops_early_leaves_no_thread() -> None:
    before = threading.active_count()
    got = ahead(iter(range(10)))
    assert next(got) == 0
    got.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
