"""Honest machines: benchmark runners and batch jobs, single-turn, templated, and many."""

from __future__ import annotations

import numpy as np

from stillwatch.simulate.draft import DAY_US, Draft
from stillwatch.simulate.roster import Cohort
from stillwatch.simulate.voices import mixture

__all__ = ["batch_jobs", "benchmark_runners"]

# Public suites: mixture, questions in the suite, median output.
_SUITES = (
    ("suite-maths", 50, 350.0),
    ("suite-choice", 45, 4.0),
    ("suite-code", 40, 220.0),
    ("suite-judge", 30, 260.0),
    ("suite-maths", 36, 380.0),
)


def benchmark_runners(draft: Draft, n: int, *, declared: bool) -> Cohort:
    """Accounts that send the same 30 to 50 public prompts over and over, on a few days each.

    With `declared` they belong to one organisation with a contract for evaluation; else to nobody in common.
    """
    rng = draft.rng
    cohort = draft.crowd(n, "declared-evaluation" if declared else "benchmark")
    suite = np.arange(n) % len(_SUITES)
    cohort["mixture"] = np.array([mixture(name) for name, _, _ in _SUITES])[suite]
    cohort["suite"] = np.array([size for _, size, _ in _SUITES])[suite]
    # The suites are public: their keys do not depend on the world's seed.
    cohort["template"] = (np.arange(len(_SUITES), dtype=np.uint64) + np.uint64(900_001))[suite]
    cohort["output"] = np.array([output for _, _, output in _SUITES])[suite]
    cohort["person"], cohort["language"], cohort["turns"], cohort["system"] = 0, 0, 1.0, -1
    cohort["rate"] = draft.cap(60.0, n, 0.012)
    cohort["burst"] = 0.15
    cohort["clock"] = draft.clocks.machine
    cohort["channel"] = 0
    cohort["stack"] = draft.stacks.draw(n, library=True)
    runner = draft.parameters.add(temperature=0.0, max_tokens=1024)
    cohort["parameters"] = np.where(rng.random(n) < 0.5, runner, draft.parameters.draw(n))
    cohort["logprobs"] = np.where((suite == 1) & (rng.random(n) < 0.5), 1.0, 0.0)
    # A new model is what they are for: they run it in the first days.
    draft.adopt(cohort.behaviour, share=0.9, delay=1.5)
    if declared:
        name = f"leaderboard{rng.integers(1000)}.example"
        number = draft.organisation()
        cohort["organisation"] = number
        cohort.payer[:] = draft.payer()
        cohort.identity["plan"][:] = "paid"
        cohort.identity["email_domain"][:] = name
        draft.contracts.append((number, "evaluation", name))
    return cohort


def batch_jobs(draft: Draft, n: int) -> Cohort:
    """Templated single-turn work on documents, at volume: reviews, tickets, abstracts. One job an account."""
    rng = draft.rng
    cohort = draft.crowd(n, "batch")
    cohort["mixture"], cohort["turns"] = mixture("batch"), 1.0
    cohort["rate"] = draft.cap(110.0, n, 0.13) * np.exp(rng.normal(-0.3, 0.8, n))
    cohort["burst"] = 0.4
    cohort["channel"] = rng.choice([0, 2], size=n)
    cohort["clock"] = (
        rng.choice(draft.clocks.traces, size=n)
        if len(draft.clocks.traces)
        else np.where(rng.random(n) < 0.5, draft.clocks.machine, cohort["clock"])
    )
    cohort["stack"] = draft.stacks.draw(n, library=True)
    cohort["parameters"] = draft.parameters.draw(n)
    cohort["output"] = np.exp(rng.normal(4.0, 0.5, n))
    cohort["spread"] = 0.4
    cohort["style"], cohort["system"], cohort["thinks"], cohort["away_share"] = 0, -1, 0.0, 0.0
    cohort["active_from"] = np.minimum(cohort.created, draft.first - DAY_US)
    cohort.created = cohort["active_from"].copy()
    cohort.identity["plan"][:] = "paid"
    return cohort
