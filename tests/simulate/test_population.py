from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.simulate.draft import DAY_US, Draft
from stillwatch.simulate.population import expected_load, populate

LOOK_ALIKES = {
    "household", "team", "vpn", "agent-cli", "logprobs", "viral", "enterprise", "shadow-enterprise", "university",
    "classroom", "reseller", "undeclared-reseller", "licensed-distillation", "research", "eval-startup", "benchmark",
    "declared-evaluation", "batch",
}  # fmt: skip


@pytest.mark.parametrize("people", [2_000, 12_000])
def test_every_look_alike_is_there_at_any_size(make_draft: Callable[..., Draft], people: int) -> None:
    draft = make_draft(1, people)
    populate(draft)
    roster = draft.finish()
    counts = np.bincount(roster.behaviour["role"], minlength=len(roster.roles))
    assert set(roster.roles) == LOOK_ALIKES
    assert counts.min() >= 4
    assert len(roster) == people
    terminal = counts[roster.roles.index("agent-cli")]
    assert terminal == pytest.approx(0.12 * people, abs=1)
    assert (roster.behaviour["campaign"] == -1).all()


def test_the_load_is_the_wanted_mean(make_draft: Callable[..., Draft]) -> None:
    draft = make_draft(2, 4_000)
    populate(draft)
    load = sum(expected_load(draft, cohort) for cohort in draft.cohorts)
    assert load == pytest.approx(4_000 * 3.0 * draft.days, rel=0.02)


def test_expected_load_counts_presence_and_decay(draft: Draft) -> None:
    cohort = draft.crowd(2, "household")
    cohort["rate"], cohort["active_from"] = 10.0, draft.first
    cohort["active_to"] = [draft.first + DAY_US, draft.last]
    cohort["decay"] = [0.0, 1.0]
    wanted = 10.0 + 10.0 * (1 - np.exp(-draft.days))
    assert expected_load(draft, cohort) == pytest.approx(wanted)
