"""People on their own and in small teams: most of the customers, and what is merely odd about some of them."""

from __future__ import annotations

import numpy as np

from stillwatch.simulate.draft import DAY_US, HOUR_US, Draft
from stillwatch.simulate.roster import Cohort
from stillwatch.simulate.voices import mixture

__all__ = ["households", "launch", "logprob_users", "teams", "terminal_users", "tunnel_users"]

TEAM = 8


def households(draft: Draft, n: int) -> Cohort:
    """n people. A few were banned for spam or unpaid bills and did not come back."""
    cohort = draft.crowd(n, "household")
    rng = draft.rng
    banned = rng.random(n) < 0.003
    when = draft.first + (rng.random(n) * draft.days * DAY_US).astype(np.int64)
    cohort.banned = np.where(banned, np.maximum(when, cohort.created + HOUR_US), 0)
    cohort["active_to"] = np.where(banned, cohort.banned, cohort["active_to"])
    return cohort


def teams(draft: Draft, accounts: int) -> Cohort:
    """Teams of eight: one bill, one office network, one stack and one library of parameters."""
    rng = draft.rng
    count = max(2, accounts // TEAM)
    team = np.repeat(np.arange(count), TEAM)
    cohort = draft.crowd(len(team), "team", regions=draft.geography.draw(rng, count)[team])
    leader = team * TEAM
    for name in ("network", "stack", "parameters", "system", "channel"):
        cohort[name] = cohort[name][leader]
    cohort["clock"] = draft.clocks.of(draft.country(cohort.region), np.full(len(team), 1))
    cohort["mixture"] = mixture("developer")
    cohort["away_share"] = 0.25
    cohort["rate"] *= 2.0
    cohort.payer = np.array([draft.payer() for _ in range(count)])[team]
    cohort.identity["plan"][:] = "paid"
    cohort.identity["payment_bin"] = draft.cards(cohort.region)[leader]
    domain = np.array([f"studio{number}.example" for number in rng.choice(99_999, count, replace=False)], dtype=object)
    cohort.identity["email_domain"] = domain[team]
    cohort.created = cohort.created[leader] + (rng.exponential(3.0, len(team)) * DAY_US).astype(np.int64)
    cohort["active_from"] = cohort.created
    return cohort


def tunnel_users(draft: Draft, n: int) -> Cohort:
    """People from everywhere behind the same few exits of tunnel services."""
    cohort = draft.crowd(n, "vpn")
    rng = draft.rng
    exits = [
        draft.network.pool([draft.network.prefix(int(rng.integers(20)), 9_000 + service) for _ in range(7)])
        for service in range(3)
    ]
    cohort["away"] = rng.choice(exits, size=n)
    cohort["away_share"] = rng.choice([0.6, 0.9, 1.0], size=n)
    cohort.signup_home = rng.random(n) < 0.3
    return cohort


def terminal_users(draft: Draft, n: int) -> Cohort:
    """Users of one coding agent: the same system prompts, tools, stack and parameters, in long conversations."""
    cohort = draft.crowd(n, "agent-cli")
    rng = draft.rng
    prompts = [int(draft.write_systems(name, 1)[0]) for name in ("cli_system", "cli_planner_system")]
    fingerprint = draft.stacks.fingerprints[draft.stacks.add("terminal-agent/0.9.2 (linux)")]
    releases = [draft.stacks.add(f"terminal-agent/1.{minor}.0 ({where})", fingerprint)
                for minor in range(4) for where in ("linux", "mac")]  # fmt: skip
    cohort["stack"] = rng.choice(releases, size=n, p=np.array([1, 1, 2, 2, 4, 4, 8, 8]) / 30)
    cohort["parameters"] = draft.parameters.agent
    cohort["system"] = rng.choice(prompts, size=n, p=[0.85, 0.15])
    draft.toolsets.append(("read_file", "edit_file", "run_command", "search", "list_folder", "todo"))
    cohort["tools"] = len(draft.toolsets) - 1
    cohort["mixture"] = mixture("terminal")
    cohort["turns"] = 5.0
    cohort["rate"] *= draft.cap(6.0, n, 0.28)
    cohort["channel"] = 0
    cohort["thinks"] = 0.6
    cohort["output"] = 320.0
    draft.adopt(cohort.behaviour, share=0.8, delay=1.6)
    return cohort


def logprob_users(draft: Draft, n: int) -> Cohort:
    """Honest users of token log-probabilities: calibration, classification by likelihood, research."""
    cohort = draft.crowd(n, "logprobs")
    cohort["mixture"] = mixture("probe")
    cohort["logprobs"] = draft.rng.choice([0.3, 0.8, 1.0], size=n)
    cohort["rate"] = draft.cap(15.0, n, 0.01)
    cohort["output"] = 3.0
    cohort["stack"] = draft.stacks.draw(n, library=True)
    cohort["channel"] = 0
    cohort["turns"] = 1.0
    return cohort


def launch(draft: Draft, n: int) -> Cohort:
    """A viral recipe: a burst of sign-ups with one referral and one prompt, all else diverse; interest decays."""
    cohort = draft.crowd(n, "viral")
    rng = draft.rng
    begin = draft.first + int(0.25 * draft.days) * DAY_US + 15 * HOUR_US
    cohort.created = begin + (rng.gamma(1.5, 0.5, n) * DAY_US).astype(np.int64)
    cohort["active_from"] = cohort.created
    cohort.identity["referral"] = np.array([None, "five-year-letter"], dtype=object)[(rng.random(n) < 0.8).astype(int)]
    cohort["mixture"] = np.where(rng.random(n) < 0.8, mixture("viral"), mixture("household"))
    cohort["rate"] = draft.cap(2.5, n, 0.08) * np.exp(rng.normal(-0.5, 1.0, n))
    cohort["decay"] = 3.0
    return cohort
