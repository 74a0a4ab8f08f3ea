from __future__ import annotations

import numpy as np

from stillwatch.simulate.draft import DAY_US, Draft
from stillwatch.simulate.households import TEAM, households, launch, logprob_users, teams, terminal_users, tunnel_users


def test_a_banned_household_is_silent_afterwards(draft: Draft) -> None:
    cohort = households(draft, 5_000)
    banned = cohort.banned > 0
    assert 3 <= banned.sum() <= 40
    assert (cohort["active_to"][banned] == cohort.banned[banned]).all()
    assert (cohort.banned[banned] > cohort.created[banned]).all()


def test_a_team_shares_bill_network_and_software(draft: Draft) -> None:
    cohort = teams(draft, 80)
    assert len(cohort) == 80
    for name in ("network", "stack", "parameters"):
        assert all(len(set(group)) == 1 for group in cohort[name].reshape(-1, TEAM))
    payers = cohort.payer.reshape(-1, TEAM)
    assert len(set(payers[:, 0])) == 10
    assert (payers == payers[:, :1]).all()


def test_tunnel_users_come_from_many_countries_through_few_exits(draft: Draft) -> None:
    cohort = tunnel_users(draft, 200)
    assert len(set(cohort["away"])) == 3
    assert cohort["away_share"].min() > 0.5
    assert len(set(draft.country(cohort.region))) > 8


def test_terminal_users_share_prompts_tools_and_parameters(draft: Draft) -> None:
    cohort = terminal_users(draft, 300)
    assert len(set(cohort["system"])) == 2
    assert len(set(cohort["tools"])) == len(set(cohort["parameters"])) == 1
    fingerprints = {draft.stacks.fingerprints[stack] for stack in cohort["stack"]}
    assert len(fingerprints) == 1
    assert cohort["turns"].min() > 3


def test_log_probabilities_are_asked_for_by_honest_people_too(draft: Draft) -> None:
    cohort = logprob_users(draft, 20)
    assert cohort["logprobs"].min() > 0
    assert not cohort["bias_sweep"].any()


def test_a_launch_is_a_burst_with_diverse_people(draft: Draft) -> None:
    cohort = launch(draft, 400)
    assert np.ptp(np.quantile(cohort.created, [0.05, 0.95])) < 3 * DAY_US
    codes = cohort.identity["referral"]
    assert 0.7 < (codes == "five-year-letter").mean() < 0.9
    assert len(set(cohort.identity["payment_bin"])) > 60
    assert len(set(cohort["stack"])) > 15
    assert cohort["decay"].min() > 0
