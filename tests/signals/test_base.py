from __future__ import annotations

from importlib import resources

import pytest

from stillwatch.engines import load_query
from stillwatch.signals import SIGNALS, Signal
from stillwatch.testing import check_portable


def test_the_catalogue_is_in_order_and_without_doubles() -> None:
    codes = [signal.code for signal in SIGNALS]
    assert codes == sorted(set(codes))
    assert {"SW101", "SW118", "SW125"} <= set(codes)
    assert len({signal.name for signal in SIGNALS}) == len(SIGNALS)


def test_signals_that_share_a_table_fill_it_alike() -> None:
    queries: dict[str, set[str]] = {}
    for signal in SIGNALS:
        queries.setdefault(signal.table, set()).add(signal.account_sql())
    assert {table: len(texts) for table, texts in queries.items() if len(texts) > 1} == {}
    assert len(queries) < len(SIGNALS)


def test_kinds_of_harvest_are_proved_by_one_signal_each() -> None:
    kinds = [signal.kind for signal in SIGNALS if signal.kind is not None]
    assert sorted(kinds) == ["generation", "grading", "logits", "reasoning"]


def test_each_family_has_a_member() -> None:
    assert {signal.family for signal in SIGNALS} == {"content", "shape", "pace", "load", "value"}


def test_a_signal_without_a_sentence_cannot_be_made() -> None:
    class Silent(Signal):
        code, name = "SW999", "silent-one"

    with pytest.raises(TypeError, match="sentence"):
        Silent()  # type: ignore[abstract]


def test_only_groups_can_show_what_is_not_lone() -> None:
    several = {signal.code for signal in SIGNALS if not signal.lone}
    assert {"SW108", "SW110", *(f"SW{number}" for number in range(112, 119))} <= several
    for signal in SIGNALS:
        assert signal.lone or "account" not in signal.reference
        assert not {"account", "bundle"} <= set(signal.reference)


def test_every_query_of_the_room_is_portable() -> None:
    names = {
        "exchanges": "e",
        "partials": "p",
        "units": "u",
        "shown": "hits",
        "counted": "grading",
        "scores": "SELECT account_key FROM e",
        "scored": "SELECT account_key FROM e",
        "moves": "SELECT account_key FROM e",
        "features": "SELECT unit_id FROM u",
        "terms": "1",
        "item": "e.item",
        "carried": "item IS NOT NULL",
        "kinds": "'org'",
        "column": "topic",
        "fewest": 1,
        "most": 9,
        "orgs": 1,
        "tools": 1,
    }
    files = sorted(path.name for path in resources.files("stillwatch.signals").iterdir() if path.name.endswith(".sql"))
    assert len(files) >= 20
    for file in files:
        check_portable(load_query("stillwatch.signals", file.removesuffix(".sql"), **names))
