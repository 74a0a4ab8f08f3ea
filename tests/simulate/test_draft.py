from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stillwatch.simulate.draft import DAY_US, Draft
from stillwatch.simulate.places import COUNTRIES


def test_bank_mail_and_bill_follow_the_region(draft: Draft) -> None:
    cohort = draft.crowd(4_000, "household")
    country = draft.country(cohort.region)
    assert (cohort.identity["billing_country"] == np.array([land.code for land in COUNTRIES])[country]).all()
    national, local = draft.geography.national_bins, draft.geography.local_bins
    for row in range(0, 4_000, 37):
        card = cohort.identity["payment_bin"][row]
        own = {*national[country[row]], *local[cohort.region[row]], "wallet:fern", "wallet:moss", "transfer", None}
        assert card in own
    assert (np.equal(cohort.identity["payment_bin"], None) == (cohort.payer == -2)).all()


def test_volumes_are_heavy_tailed(draft: Draft) -> None:
    rate = np.sort(draft.crowd(5_000, "household")["rate"])
    assert rate[-250:].sum() > 0.35 * rate.sum()  # a twentieth of the people
    assert 0.7 < rate.mean() < 1.4


def test_people_sign_up_before_the_window_ends_and_not_in_bursts(draft: Draft) -> None:
    created = draft.crowd(5_000, "household").created
    assert created.max() < draft.last
    hours = np.bincount((created - created.min()) // (DAY_US // 24))
    assert hours.max() <= 15


def test_nobody_adopts_a_model_before_its_release(draft: Draft) -> None:
    rows = draft.crowd(2_000, "household").behaviour
    adopters = rows["adopts"] < 2**60
    assert 0.3 < adopters.mean() < 0.5
    assert rows["adopts"].min() >= draft.release


def test_the_cap_bounds_a_share_of_the_innocent_traffic(draft: Draft) -> None:
    assert draft.cap(10_000.0, 4, 0.01) * 4 == 0.01 * draft.people * draft.mean
    assert draft.cap(0.5, 4, 0.01) == 0.5


def test_the_same_seed_makes_the_same_people(make_draft: Callable[..., Draft]) -> None:
    first, second = make_draft(4).crowd(300, "household"), make_draft(4).crowd(300, "household")
    assert (first.behaviour == second.behaviour).all()
    assert all((first.identity[name] == second.identity[name]).all() for name in first.identity)
    assert (make_draft(5).crowd(300, "household").behaviour != first.behaviour).any()
