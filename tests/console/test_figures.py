import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.console import figures


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.5, "50 %"),
        (0.0212, "2.1 %"),
        (0.0003, "0.03 %"),
        (1e-9, "< 0.001 %"),
        (0.9999999, "99.99 %"),
        (0.994, "99 %"),
        (0.998, "99.80 %"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_percent(share: float | None, shown: str) -> None:
    assert figures.percent(share) == shown


@given(st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_only_nothing_is_0_and_only_all_is_100_percent(share: float) -> None:
    assert (figures.percent(share) == "0 %") == (share == 0)
    assert (figures.percent(share) == "100 %") == (share == 1)


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.05, "0.05"), (1.0, "1"), (3.2e-41, "3.2 × 10⁻⁴¹"), (0.0, "< 10⁻³⁰⁰"), (1e-320, "< 10⁻³⁰⁰"), (None, "–")],
)
def test_odds(probability: float | None, shown: str) -> None:
    assert figures.odds(probability) == shown


@pytest.mark.parametrize(
    ("log_ratio", "shown"),
    [
        (None, "cannot judge"),
        (0.0, "0.0 (1 to 1)"),
        (math.log(10), "+2.3 (10 to 1)"),
        (-math.log(2), "−0.7 (2 to 1 against)"),
        (13.6, "+13.6 (810,000 to 1)"),
        (900.0, "+900.0 (10³⁹⁰ to 1)"),
    ],
)
def test_log_ratios_say_what_they_mean(log_ratio: float | None, shown: str) -> None:
    assert figures.bits(log_ratio) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (999, "999"), (1234, "1.23 k"), (61_204_112, "61.2 M"), (5.25, "5.25"), (None, "–")]
)
def test_compact(value: float | None, shown: str) -> None:
    assert figures.compact(value) == shown


def test_units() -> None:
    assert (figures.count(1_234_567), figures.count(None), figures.count(math.inf)) == ("1,234,567", "–", "–")
    assert [figures.duration(s) for s in (0.42, 200, 7500, None)] == ["0.4 s", "3 min 20 s", "2 h 5 min", "–"]
    assert [figures.bytes_size(m) for m in (312.4, 1434, None)] == ["312 MB", "1.4 GB", "–"]
    assert [figures.dollars(d) for d in (742.5, 0.5, None)] == ["$ 742", "$ 0.50", "no price known"]
    assert [figures.number(n) for n in (3.2, -1.05, None)] == ["+3.20", "−1.05", "–"]


def test_days_are_utc() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert figures.day(late) == "2026-03-02"
    assert figures.day(datetime(2026, 3, 1, 23, 30)) == "2026-03-01"  # noqa: DTZ001 - that is the case
    assert figures.day(datetime(2026, 3, 1, tzinfo=UTC)) == figures.day("2026-03-01T00:00:00Z")
    assert figures.day(None) == "–"


def test_a_rate_is_read_as_a_number_of_things() -> None:
    assert figures.rate(None) == figures.UNKNOWN
    assert (figures.rate(0.02), figures.rate(3.21), figures.rate(1234.5)) == ("0.02", "3.2", "1,234")
    assert figures.rate(4e-9) == "4.0 × 10⁻⁹"
