"""What the window test promises over time: a year of daily looks, and a reference that follows drift."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import beta

from prompt_corpora import joined, sources
from stillwatch.signals.windows import Capital, DriftingReference, Prompts, Spending, WindowTest, e_value

LEVEL = 0.005  # of the window test; the kernel test has its own threshold


def interval(hits: int, trials: int) -> list[float]:
    """Clopper and Pearson's 95 %."""
    low = float(beta.ppf(0.025, hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, trials - hits)) if hits < trials else 1.0
    return [round(low, 4), round(high, 4)]


def year() -> dict[str, Any]:
    """A year of daily looks at honest tenants: how often each rule ever alarms, at alpha = 5 % for the whole year."""
    alpha, days = 0.05, 365
    random = np.random.default_rng(9)
    # Ranks among 1,000 tenants, each with a lasting quirk and daily noise; 2,000 honest tenants are watched.
    watched, among = random.standard_normal(2000), random.standard_normal(1000)
    spending = [Spending(days) for _ in watched]
    multiplied = [Capital() for _ in watched]
    daily = np.zeros(len(watched), bool)
    for _ in range(days):
        today = np.sort(among + 0.5 * random.standard_normal(len(among)))
        values = watched + 0.5 * random.standard_normal(len(watched))
        p_values = (1 + len(among) - np.searchsorted(today, values)) / (1 + len(among))
        daily |= p_values <= alpha
        for place, p_value in enumerate(p_values.tolist()):
            spending[place].look(e_value(p_value))
            multiplied[place].look(e_value(p_value))
    ranked = {
        "tenants": len(watched),
        "alarms_spending": sum(one.alarms(alpha) for one in spending),
        "alarms_daily_test": int(daily.sum()),
        "alarms_multiplied": sum(one.alarms(alpha) for one in multiplied),
    }
    # Fresh windows of pooled benign traffic, each against a fresh reference: the looks are valid one by one.
    mix = joined(list(sources("benign").values())).prompts
    fresh = [Capital() for _ in range(12)]
    tested = np.zeros(len(fresh), bool)
    for one, capital in enumerate(fresh):
        for _ in range(days):
            rows = random.integers(0, len(mix), 360)
            verdict = WindowTest(mix.take(rows[:300]), draws=99, seed=int(random.integers(1 << 31))).judge(
                mix.take(rows[300:])
            )
            assert verdict is not None
            tested[one] |= verdict.p_value <= alpha
            capital.look(e_value(verdict.p_value))
    real = {
        "tenants": len(fresh),
        "alarms_capital": sum(one.alarms(alpha) for one in fresh),
        "alarms_daily_test": int(tested.sum()),
    }
    found = {"alpha": alpha, "days": days, "ranks": ranked, "fresh_windows": real}
    for part in (ranked, real):
        for name in [key for key in part if key.startswith("alarms")]:
            part[f"{name}_interval"] = interval(part[name], part["tenants"])
    print(found, flush=True)
    return found


def drift() -> dict[str, Any]:
    """A benign mix that turns over in 120 days, with and without a campaign that grows slowly from day 45 on."""
    benign = {name: one.prompts for name, one in sources("benign").items() if len(one) > 2000}
    campaign = sources("distillation")["codealpaca_instructions"].prompts
    names = sorted(benign)
    looks = range(45, 121, 3)
    found: dict[str, Any] = {"days": 120, "looks": len(looks), "first_campaign_day": 45}
    for world in ("quiet", "campaign"):
        random = np.random.default_rng(3)
        ours = DriftingReference(delay=14, days=14, cap=10, age=14)
        naive: dict[int, Prompts] = {}
        said: dict[str, list[int]] = {"drifting": [], "yesterdays": [], "fixed": []}
        for day in range(1, 121):
            turn = day / 120
            weights = np.array([(1 - turn) if place % 2 else turn for place in range(len(names))]) + 0.2
            picks = random.choice(len(names), 1500, p=weights / weights.sum())
            parts = [benign[names[pick]].take(random.integers(0, len(benign[names[pick]]), 1)) for pick in picks]
            owners = random.integers(0, 300, len(picks))
            share = min(0.004 * max(day - 45, 0), 0.2) if world == "campaign" else 0.0
            count = round(share * 1500)
            parts = [*parts[: 1500 - count], campaign.take(random.integers(0, len(campaign), count))]
            owners = np.append(owners[: 1500 - count], 10_000 + random.integers(0, 10, count))
            today = Prompts.join(parts)
            ours.add(day, today, owners)
            naive[day] = today
            if day not in looks:
                continue
            window = today.take(random.permutation(len(today))[:500])
            references = {
                "drifting": ours.at(day),
                "yesterdays": Prompts.join([naive[then] for then in range(day - 7, day)]),
                "fixed": Prompts.join([naive[then] for then in range(1, 15)]),
            }
            for name, reference in references.items():
                if reference is None:
                    continue
                few = reference.take(random.permutation(len(reference))[:4000])
                verdict = WindowTest(few, draws=199, seed=day, shared=True).judge(window)
                if verdict is not None and verdict.p_value <= LEVEL:
                    said[name].append(day)
        found[world] = said
        print(world, said, flush=True)
    return found
