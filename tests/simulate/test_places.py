from __future__ import annotations

import numpy as np
import pytest

from stillwatch.simulate.places import COUNTRIES, REGIONS, settle


def test_every_country_has_regions_and_its_share_of_people() -> None:
    geography = settle(np.random.default_rng(1))
    assert len(geography.country) == REGIONS
    total = sum(country.weight for country in COUNTRIES)
    for index, country in enumerate(COUNTRIES):
        share = geography.weight[geography.country == index].sum()
        assert share == pytest.approx(country.weight / total)


def test_no_bank_issues_the_cards_of_another() -> None:
    geography = settle(np.random.default_rng(2))
    cards = [*geography.national_bins.ravel(), *geography.local_bins.ravel()]
    assert len(set(cards)) == len(cards)
    assert all(len(card) == 6 and card.isdigit() for card in cards)


def test_regions_are_uneven() -> None:
    geography = settle(np.random.default_rng(3))
    drawn = np.bincount(geography.draw(np.random.default_rng(4), 20_000), minlength=REGIONS)
    assert drawn.max() > 8 * max(np.median(drawn), 1)
