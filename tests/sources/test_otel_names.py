from __future__ import annotations

from stillwatch.schema import EXCHANGES
from stillwatch.sources.otel import OTEL
from stillwatch.sources.otel_names import MESSAGE_EVENTS, NAMES, NOT_INFERENCE, OPERATIONS, VERSION


def test_every_name_leads_to_a_column_or_a_part_of_the_words() -> None:
    assert set(NAMES) - {"system", "input", "output"} <= set(EXCHANGES.names) & OTEL.fills


def test_no_alias_is_listed_twice_and_none_is_empty() -> None:
    for aliases in NAMES.values():
        assert aliases and len(set(aliases)) == len(aliases)


def test_operations_are_those_of_the_log_and_wrappers_are_none() -> None:
    assert set(OPERATIONS.values()) <= {"chat", "completion", "embedding"}
    assert not set(OPERATIONS) & NOT_INFERENCE
    assert set(MESSAGE_EVENTS.values()) == {"system", "user", "assistant", "tool"}


def test_the_page_names_the_version(samples) -> None:
    page = samples.parents[2] / "docs" / "formats" / "otel.md"
    assert VERSION in page.read_text(encoding="utf-8")
