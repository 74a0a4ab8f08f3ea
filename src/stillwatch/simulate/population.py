"""The innocent population: every look-alike in its share, the rest households, the load at the wanted mean."""

from __future__ import annotations

import numpy as np

from stillwatch.simulate.draft import DAY_US, Draft
from stillwatch.simulate.households import households, launch, logprob_users, teams, terminal_users, tunnel_users
from stillwatch.simulate.machines import batch_jobs, benchmark_runners
from stillwatch.simulate.organisations import (
    classroom,
    enterprise,
    licensee,
    research_group,
    reseller,
    startup,
    university,
)
from stillwatch.simulate.roster import Cohort

__all__ = ["expected_load", "populate"]

CLASS = 60


def populate(draft: Draft) -> None:
    """Add `draft.people` accounts to the draft. Shares are those of a provider with a million accounts."""
    share = draft.share
    for declared, size in ((True, share(0.006, 40)), (False, share(0.004, 30))):
        draft.add(enterprise(draft, size, declared=declared))
    campuses = min(20, max(3, round(draft.people / 3_000)))
    for _ in range(campuses):
        draft.add(university(draft, share(0.06 / campuses, 20)))
    lessons = max(1, round(draft.people * 0.006 / CLASS))
    for _ in range(lessons):
        draft.add(classroom(draft, min(CLASS, share(0.006 / lessons, 24))))
    for declared in (True, False):
        draft.add(reseller(draft, share(0.0025, 8), declared=declared))
        draft.add(benchmark_runners(draft, share(0.001, 5), declared=declared))
    groups = min(12, max(2, round(draft.people / 10_000)))
    for group in range(groups):
        draft.add(research_group(draft, 6, declared=group % 2 == 0))
    draft.add(startup(draft, 6))
    draft.add(licensee(draft, min(20, share(0.0007, 8))))
    draft.add(terminal_users(draft, share(0.12, 40)))
    draft.add(launch(draft, share(0.06, 40)))
    draft.add(teams(draft, share(0.032, 24)))
    draft.add(tunnel_users(draft, share(0.02, 20)))
    draft.add(batch_jobs(draft, share(0.004, 6)))
    draft.add(logprob_users(draft, share(0.002, 4)))
    rest = draft.people - sum(len(cohort) for cohort in draft.cohorts)
    people = households(draft, max(rest, 50))
    others = sum(expected_load(draft, cohort) for cohort in draft.cohorts)
    wanted = max(draft.people * draft.mean * draft.days - others, 0.3 * draft.people * draft.days)
    people["rate"] *= wanted / expected_load(draft, people)
    draft.add(people)


def expected_load(draft: Draft, cohort: Cohort) -> float:
    """Requests that a cohort sends in the window, on average."""
    begin = np.maximum(cohort["active_from"], draft.first).astype(np.float64)
    end = np.minimum(cohort["active_to"], draft.last).astype(np.float64)
    days = np.maximum(end - begin, 0.0) / DAY_US
    decay = np.maximum(cohort["decay"].astype(np.float64), 1e-9)
    days = np.where(cohort["decay"] > 0, decay * (1.0 - np.exp(-days / decay)), days)
    return float((cohort["rate"] * days).sum())
