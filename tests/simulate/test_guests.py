from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.simulate.campaigns import enlist
from stillwatch.simulate.draft import Draft
from stillwatch.simulate.guests import CUSTOMERS, GUEST_KEYS, ROLE
from stillwatch.simulate.scenarios import SCENARIOS

Ask = Callable[[str], list[tuple[object, ...]]]
SPLIT = "SELECT campaign, {} FROM exchanges JOIN end_users USING (account_id, end_user_id) GROUP BY 1 ORDER BY 1"


@pytest.mark.parametrize("scenario", ["reseller", "reseller-declared"])
def test_a_carrier_is_one_reseller_with_or_without_a_contract(draft: Draft, scenario: str) -> None:
    contracts = len(draft.contracts)
    enlist(draft, SCENARIOS[scenario].operations[0], 1, 40.0, "mid")
    cohort = draft.cohorts[-1]
    assert [draft.roles[role] for role in cohort["role"]] == [ROLE]
    assert cohort["rate"][0] == pytest.approx(200.0)
    assert (cohort["end_users"][0], cohort["guests"][0]) == (CUSTOMERS, 12)
    assert len(draft.contracts) - contracts == (scenario == "reseller-declared")


def test_a_fifth_of_the_traffic_is_the_campaigns(ask_hiding: Ask) -> None:
    (ours, others) = ask_hiding(SPLIT.format("count(*)"))
    assert ours[0] == "reseller-1"
    assert int(str(ours[1])) / (int(str(ours[1])) + int(str(others[1]))) == pytest.approx(0.15, abs=0.07)


def test_guests_have_keys_and_parameters_of_their_own(ask_hiding: Ask) -> None:
    keys = {
        name: set(str(found).split()) for name, found in ask_hiding(SPLIT.format("string_agg(DISTINCT key_id, ' ')"))
    }
    assert len(keys["reseller-1"]) == GUEST_KEYS
    assert not keys["reseller-1"] & keys[None]  # type: ignore[index]
    tuples = dict(ask_hiding(SPLIT.format("count(DISTINCT coalesce(temperature, -1) * 1e6 + coalesce(max_tokens, 0))")))
    assert int(str(tuples["reseller-1"])) == 1
    assert int(str(tuples[None])) > 10


def test_the_honest_customers_are_a_crowd(ask_hiding: Ask) -> None:
    outputs = dict(ask_hiding(SPLIT.format("median(output_tokens)")))
    assert float(str(outputs["reseller-1"])) > 4 * float(str(outputs[None]))
    ours, others = (
        np.array(row[1:], dtype=float) for row in ask_hiding(SPLIT.format("count(DISTINCT left(prompt, 40)), count(*)"))
    )
    assert others[0] / others[1] > ours[0] / ours[1] > 0
