from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.whose import strangers as module
from stillwatch.provenance.whose.resemblance import Resemblance
from stillwatch.provenance.whose.strangers import Strangers


def test_each_family_and_each_two_are_one_unit(strangers: Strangers) -> None:
    found = strangers.all()
    assert len(found) == 7 + 7 * 6 // 2
    assert len({tuple(sorted(one.families)) for one in found}) == len(found)


def test_nobody_is_closest_to_a_provider_of_its_own(strangers: Strangers) -> None:
    assert all(one.closest not in one.providers for one in strangers.all())
    for provider in strangers.providers:
        own = strangers.of(provider)
        assert {one.models[0] for one in own} == {f"{provider}-1", f"{provider}-2"}
        assert all(one.providers == (provider, provider) and one.closest != provider for one in own)


def test_a_unit_is_its_highest(strangers: Strangers) -> None:
    units = {one.families: one.score for one in strangers.all() if one.families[0] == one.families[1]}
    for provider in strangers.providers:
        family = f"{provider} family"
        assert units[family, family] == max(one.score for one in strangers.of(provider))


def test_an_absent_provider_and_the_suspects_family_have_no_part(strangers: Strangers) -> None:
    without = strangers.all(absent="birch")
    assert len(without) == 6 + 15
    assert all("birch" not in one.providers and one.closest != "birch" for one in without)
    assert len(strangers.all(family="elm family")) == 6 + 15
    full = {tuple(sorted(one.families)): one.score for one in strangers.all()}
    assert any(abs(full[tuple(sorted(one.families))] - one.score) > 1e-9 for one in without)


def test_one_alone_without_its_provider_scores_as_a_suspect_of_whom_nothing_is_known(
    sight: Resemblance, strangers: Strangers
) -> None:
    gone = sight.standing.providers == "cedar"
    first = int(np.flatnonzero(gone)[0])
    rest = sight.only(np.append(first, np.flatnonzero(~gone)), strangers=1)
    against = rest.scores_of(0)
    one = next(one for one in strangers.of("cedar") if one.models[0] == sight.models[first])
    assert one.closest == rest.standing.providers[int(np.nanargmax(against))]
    assert one.score == pytest.approx(float(np.nanmax(against)), abs=0.15)  # its sibling stood beside it


def test_with_many_providers_pairs_are_drawn_and_the_seed_decides(
    sight: Resemblance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 4)
    few = Strangers(sight, seed=1)
    assert len(few.pairs) == 4
    assert few.pairs == Strangers(sight, seed=1).pairs
    assert len(few.all()) == 7 + 4


def test_a_pack_of_two_providers_has_no_stranger(sight: Resemblance) -> None:
    two = sight.only(np.flatnonzero(np.isin(sight.standing.providers, ["alder", "birch"])))
    assert Strangers(two).all() == []
