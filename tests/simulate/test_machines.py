from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stillwatch.simulate.draft import Draft
from stillwatch.simulate.machines import batch_jobs, benchmark_runners
from stillwatch.simulate.voices import mixture


def test_runners_share_small_public_suites(draft: Draft, make_draft: Callable[..., Draft]) -> None:
    cohort = benchmark_runners(draft, 20, declared=False)
    assert set(cohort["suite"]) <= set(range(30, 51))
    assert {mixture("suite-maths"), mixture("suite-judge")} <= set(cohort["mixture"].tolist())
    assert len(set(cohort["template"])) == 5
    assert draft.contracts == []
    # The suites are public: another world has the same ones.
    elsewhere = benchmark_runners(make_draft(99), 20, declared=False)
    assert set(elsewhere["template"]) == set(cohort["template"])


def test_a_leaderboard_has_a_contract_for_evaluation(draft: Draft) -> None:
    cohort = benchmark_runners(draft, 6, declared=True)
    assert [kind for _, kind, _ in draft.contracts] == ["evaluation"]
    assert set(cohort["organisation"]) == {draft.contracts[0][0]}


def test_batch_jobs_are_single_turn_and_each_has_its_template(draft: Draft) -> None:
    cohort = batch_jobs(draft, 30)
    assert set(cohort["turns"]) == {1.0}
    assert len(set(cohort["template"])) == 30
    assert np.median(cohort["rate"]) > 5
