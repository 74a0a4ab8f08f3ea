from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.simulate.campaigns import enlist
from stillwatch.simulate.draft import Draft
from stillwatch.simulate.keys import mix
from stillwatch.simulate.places import COUNTRIES
from stillwatch.simulate.population import populate
from stillwatch.simulate.roster import Cohort
from stillwatch.simulate.scenarios import Operation
from stillwatch.simulate.tactics import Tactics, in_cover, poison

Ask = Callable[[str], list[tuple[object, ...]]]


def _ring(draft: Draft, tactics: Tactics, size: int = 400) -> list[Cohort]:
    known = len(draft.cohorts)
    enlist(draft, Operation("test", ("coding",), "hydra", tactics=tactics), size, 26.0, "mid")
    return draft.cohorts[known:]


def test_a_paraphrasing_ring_has_no_template(draft: Draft) -> None:
    (cohort,) = _ring(draft, Tactics(paraphrased=True))
    assert set(cohort["wrapper"]) == set(cohort["wrapper_two"]) == {-2}


def test_cells_share_the_pool_and_nothing_else(draft: Draft) -> None:
    cells = _ring(draft, Tactics(cells=4), 402)
    assert [len(cohort) for cohort in cells] == [101, 101, 100, 100]
    assert len({int(cohort["campaign"][0]) for cohort in cells}) == 1
    assert len({int(key) for cohort in cells for key in cohort["template"]}) == 1
    for name in ("network", "wrapper"):
        drawn = [set(cohort[name].tolist()) - {-2} for cohort in cells]
        assert not set.intersection(*drawn)
        assert sum(map(len, drawn)) == len(set.union(*drawn))


def test_relays_stay_inside_cells(ask_hiding: Ask) -> None:
    moved = (
        "SELECT x.cell = y.cell, count(*) FROM (SELECT e.prompt, e.ts, e.account_id, cell FROM exchanges e "
        "JOIN truth USING (account_id) WHERE campaign = 'cells-1' AND status = 429) x JOIN (SELECT e.prompt, e.ts, "
        "e.account_id, cell FROM exchanges e JOIN truth USING (account_id) WHERE campaign = 'cells-1') y "
        "ON x.prompt = y.prompt AND y.ts > x.ts AND y.ts < x.ts + INTERVAL 9 SECOND AND x.account_id <> y.account_id "
        "GROUP BY 1"
    )
    assert {bool(same) for same, _ in ask_hiding(moved)} <= {True}


def test_homes_lie_in_the_country_that_is_claimed_and_stay(draft: Draft) -> None:
    (cohort,) = _ring(draft, Tactics(residential=True))
    codes = np.array([land.code for land in COUNTRIES], dtype=object)
    assert (codes[draft.geography.country[cohort.region]] == cohort.identity["billing_country"]).all()
    assert cohort["sticky"].all()
    assert len(set(cohort["network"])) > 60


def test_an_uneven_load_keeps_its_mean_and_loses_its_balance(make_draft: Callable[..., Draft]) -> None:
    (even,) = _ring(make_draft(9), Tactics(), 3_000)
    (uneven,) = _ring(make_draft(9), Tactics(uneven=True), 3_000)
    assert uneven["rate"].mean() == pytest.approx(even["rate"].mean(), rel=0.1)
    assert uneven["rate"].std() > uneven["rate"].mean()
    assert even["rate"].std() == 0.0


def test_cover_comes_on_top_of_the_harvest(draft: Draft) -> None:
    (cohort,) = _ring(draft, Tactics(cover=0.5))
    assert cohort["rate"].mean() == pytest.approx(52.0)
    sessions = mix(np.arange(20_000))
    assert in_cover(np.full(20_000, 0.3, np.float32), sessions).mean() == pytest.approx(0.3, abs=0.01)
    assert not in_cover(np.zeros(20_000, np.float32), sessions).any()


def test_poison_reaches_innocents_only_and_each_once(draft: Draft) -> None:
    populate(draft)
    (ring,) = _ring(draft, Tactics(poison=0.5), 100)
    hit = [cohort for cohort in draft.cohorts if (cohort["poison"] >= 0).any()]
    assert [set(np.array(draft.roles)[cohort["role"]]) for cohort in hit] == [{"household"}]
    worn = hit[0]["wrapper"][hit[0]["poison"] >= 0]
    assert len(worn) == 50
    assert set(worn) <= set(ring["wrapper"]) | set(ring["wrapper_two"])
    households = len(hit[0])
    assert poison(draft, 0, 10**6) == households - 50
    assert poison(draft, 0, 10) == 0


def test_poisoned_people_go_on_with_their_own_lives(ask_hiding: Ask) -> None:
    rows = dict(
        ask_hiding(
            "SELECT poisoned_by IS NOT NULL, count(DISTINCT left(prompt, 200)) / count(*) FROM exchanges "
            "JOIN truth USING (account_id) WHERE role = 'household' GROUP BY 1"
        )
    )
    assert float(str(rows[True])) > 0.8


def test_each_prompt_is_asked_again_in_other_words(ask_hiding: Ask) -> None:
    ((heads, whole, asked),) = ask_hiding(
        "SELECT count(DISTINCT substr(prompt, 1 + 0, 0) || regexp_extract(prompt, '(\\d+[^\\d]+){3}')), "
        "count(DISTINCT prompt), count(*) FROM exchanges JOIN truth USING (account_id) "
        "WHERE campaign = 'resample-1' AND turns = 1 AND status = 200"
    )
    assert int(str(heads)) < 0.5 * int(str(asked))
    assert int(str(whole)) > 0.9 * int(str(asked))
