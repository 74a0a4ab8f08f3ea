from __future__ import annotations

import pytest

from stillwatch.bench.marks import forecasts
from stillwatch.bench.marks.forecasts import forecast_case
from stillwatch.bench.marks.plan import STUDENTS
from stillwatch.bench.marks.world import World


def test_students_of_one_buyer_are_forecast_from_unmarked_text(toy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    rates_of = forecasts.rates_of
    monkeypatch.setattr(forecasts, "rates_of", lambda evidence: read.append(evidence.tokens) or rates_of(evidence))
    found = forecast_case(toy)
    assert set(found) == {one.name for one in STUDENTS} - {"eight at 12.5 %"}
    assert len(read) == 3  # once a data set, not once a student
    assert set(read) == {toy.data("plain")[:, 8:].size}
    by_share = [found[f"kgw-1 at {share} %"] for share in (10, 50, 100)]
    assert [one["share"] for one in by_share] == [0.1, 0.5, 1.0]
    medians = [one["log10_p"] for one in by_share]
    assert medians == sorted(medians, reverse=True)
    assert medians[-1] < -1
    assert [one["chance"] for one in by_share] == sorted(one["chance"] for one in by_share)
    assert len({one["least_share"] for one in by_share}) == 1
    assert all(one["least_share"] is None or 0 < one["least_share"] <= 1 for one in found.values())
