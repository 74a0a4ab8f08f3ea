from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.whose.leaving_out import SHARES, interval, leave_out, noticed
from stillwatch.provenance.whose.ranking import LEVEL
from stillwatch.provenance.whose.resemblance import Resemblance
from stillwatch.provenance.whose.strangers import Stranger, Strangers

NULLS = {name: Null(np.linspace(-2.0, -0.5, 300), 12, 6) for name in "abcd"}


def test_every_family_is_left_out_once_and_never_closest_to_itself(strangers: Strangers) -> None:
    told: list[float] = []
    rows = leave_out(strangers, progress=lambda _what, share: told.append(share))
    assert [row.family for row in rows] == [f"{name} family" for name in strangers.providers]
    assert all(row.closest != row.provider and row.models == 2 for row in rows)
    assert all(0 <= row.named <= row.by_holm_alone <= row.models for row in rows)
    assert len(told) == 7


def test_the_highest_model_speaks_and_its_own_provider_is_no_measure(strangers: Strangers) -> None:
    for row in leave_out(strangers):
        assert row.score == max(one.score for one in strangers.of(row.provider))
        others = strangers.all(absent=row.provider)
        assert row.p_absent == (1 + sum(one.score >= row.score for one in others)) / (1 + len(others))
        if row.named == row.models:
            assert row.p_adjusted is not None
            assert max(row.p_adjusted, row.p_absent) <= LEVEL


def test_students_are_noticed_the_more_they_took_over(sight: Resemblance, strangers: Strangers) -> None:
    found = noticed(sight, NULLS, strangers.all())
    assert tuple(one.share for one in found) == SHARES
    shares = [one.named for one in found]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]
    assert shares[-1] > 0.5


def test_nobody_is_noticed_among_strangers_that_stand_higher(sight: Resemblance) -> None:
    high = [Stranger(("a", "a"), ("a", "a"), ("a", "a"), 99.0, "b")] * 30
    assert [one.named for one in noticed(sight, NULLS, high)] == [0.0, 0.0, 0.0]
    assert noticed(sight, {"alder": Null(np.zeros(3), 2, 1)}, high) == ()


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (2, 12, 0.0209, 0.4841), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_exact(hits: int, of: int, low: float, high: float) -> None:
    assert interval(hits, of) == pytest.approx((low, high), abs=1e-4)
