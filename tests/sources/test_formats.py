from __future__ import annotations

import pytest

from stillwatch.errors import BadInput
from stillwatch.sources import FORMATS, Source
from stillwatch.sources.formats import recognise, source_named


@pytest.mark.parametrize("source", FORMATS, ids=lambda source: source.name)
def test_each_format_is_told_from_all_others(source: Source, sample_records) -> None:
    for record in sample_records(source):
        assert recognise([record]) is source


def test_names_are_unique_and_lead_to_their_reader() -> None:
    assert len({source.name for source in FORMATS}) == len(FORMATS)
    assert all(source_named(source.name) is source for source in FORMATS)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"'syslog'.*stillwatch.*openai"):
        source_named("syslog")


def test_the_majority_decides_and_nobody_may_know() -> None:
    native, chat = {"ts": 1, "account_id": "a"}, {"ts": 1, "request": {"model": "m", "messages": []}}
    assert recognise([native, chat, chat]) is source_named("openai")
    assert recognise([{"level": "info", "msg": "started"}, {}]) is None
    assert recognise([]) is None
