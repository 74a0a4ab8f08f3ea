from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from stillwatch.simulate.campaigns import PROXY_PREFIXES, enlist
from stillwatch.simulate.difficulty import DIFFICULTIES, diversity
from stillwatch.simulate.draft import DAY_US, HOUR_US, Draft
from stillwatch.simulate.population import populate
from stillwatch.simulate.roster import Cohort
from stillwatch.simulate.scenarios import SCENARIOS, Operation


def _ring(draft: Draft, size: int = 400, difficulty: str = "mid", **changes: object) -> Cohort:
    operation = Operation("test", ("coding",), "hydra", **changes)  # type: ignore[arg-type]
    enlist(draft, operation, size, 26.0, difficulty)
    return draft.cohorts[-1]


def _distinct(cohort: Cohort, draft: Draft) -> list[int]:
    emails = zip(cohort.identity["email_domain"], cohort.identity["email_shape"], strict=True)
    templates = set(cohort["wrapper"]) | set(cohort["wrapper_two"])
    return [
        len(set(cohort.identity["payment_bin"])),
        len(set(emails)),
        len(set((cohort.created - draft.first) // HOUR_US)),
        len(set((cohort["adopts"] - draft.release) // HOUR_US)),
        len(set(cohort["stack"])),
        len(templates - {-2}),
    ]


def test_a_ring_uses_as_many_values_as_its_difficulty_says(draft: Draft) -> None:
    cohort = _ring(draft, 400, "mid")
    wanted = diversity("mid", 400)
    cards, emails, bursts, pivots, stacks, templates = _distinct(cohort, draft)
    assert (cards, emails, pivots, stacks) == (wanted.cards, wanted.emails, wanted.pivots, wanted.stacks)
    replaced = int((cohort.banned > 0).sum())
    assert wanted.bursts <= bursts <= wanted.bursts + 2 * replaced
    assert templates == wanted.templates


def test_diversity_grows_with_difficulty(make_draft: Callable[..., Draft]) -> None:
    counts = []
    hidden = []
    for difficulty in DIFFICULTIES:
        draft = make_draft(6)
        cohort = _ring(draft, 3_000, difficulty)
        counts.append(_distinct(cohort, draft))
        hidden.append((cohort["wrapper"] == -2).mean())
    for easier, harder in pairwise(counts):
        assert all(a <= b for a, b in zip(easier[:5], harder[:5], strict=True))
        assert sum(easier) < sum(harder)
    assert hidden == pytest.approx([0.2, 0.5, 0.8, 0.9], abs=0.04)


def test_its_addresses_are_those_of_households(draft: Draft) -> None:
    populate(draft)
    cohort = _ring(draft)
    draft.network.settle()
    used = set(draft.network.draw(cohort["network"].astype(np.int64), draft.rng.random(len(cohort))).tolist())
    assert len(used) <= PROXY_PREFIXES
    assert used <= set(range(len(draft.network.region_prefix)))
    assert not cohort["sticky"].any()
    assert len(set(cohort.identity["billing_country"])) > 15


def test_banned_members_are_replaced_within_hours(draft: Draft) -> None:
    cohort = _ring(draft)
    banned = np.flatnonzero(cohort.banned > 0)
    assert len(banned) == 8
    for row in banned:
        wait = cohort.created - cohort.banned[row]
        assert ((wait > 0) & (wait < 7 * HOUR_US)).any()
        assert cohort["active_to"][row] == cohort.banned[row]


def test_half_of_the_load_moves_within_a_day(make_draft: Callable[..., Draft]) -> None:
    for difficulty in DIFFICULTIES:
        cohort = _ring(make_draft(7), 2_000, difficulty)
        draft = make_draft(7)
        moved = cohort["adopt_share"] * (cohort["adopts"] < draft.release + DAY_US)
        assert moved.mean() == pytest.approx(0.5, abs=0.04)


def test_aged_accounts_are_old(draft: Draft) -> None:
    cohort = _ring(draft, aged=True)
    untouched = (cohort.banned == 0) & (cohort.created < draft.first)
    assert untouched.mean() > 0.95
    assert cohort.created[untouched].max() < draft.first - 4 * DAY_US
    assert np.ptp(cohort.created[untouched]) > 150 * DAY_US


def test_resale_rotates_accounts_and_keys(draft: Draft) -> None:
    cohort = _ring(draft, resale=True)
    assert cohort["rotation"].min() > 0
    assert all(draft.channels[channel].startswith("reseller:") for channel in cohort["channel"])
    assert (cohort["active_to"] - cohort["active_from"]).max() < 0.6 * draft.days * DAY_US


def test_a_sweep_is_one_token_and_biased(draft: Draft) -> None:
    enlist(draft, SCENARIOS["logits"].operations[0], 4, 100.0, "mid")
    cohort = draft.cohorts[-1]
    assert cohort["bias_sweep"].all()
    assert set(cohort["suite"]) == {3}
    assert set(cohort["wrapper"]) == {-1}


def test_two_campaigns_of_one_kind_have_two_ids(draft: Draft) -> None:
    operation = SCENARIOS["grading"].operations[0]
    assert [enlist(draft, operation, 30, 5.0, "easy") for _ in range(2)] == ["grading-1", "grading-2"]
