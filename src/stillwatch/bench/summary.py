"""What the worlds say together: one row a case, with intervals over independent worlds, and the baselines beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stillwatch.bench.intervals import Estimate, mean, median, rate, share
from stillwatch.bench.rates import RULES, caught, threshold

__all__ = ["DAYS_A_MONTH", "summarise"]

DAYS_A_MONTH = 30.44
GROUPINGS = ("pairs_200", "pairs_1000", "addresses")

World = Mapping[str, Any]
Row = dict[str, Any]


def summarise(worlds: Sequence[World]) -> dict[str, Any]:
    """Everything the page and the terminal show, as plain values and `Estimate`s."""
    by_question: dict[str, list[World]] = defaultdict(list)
    for world in worlds:
        by_question[world["question"]].append(world)
    scanned = [world for world in worlds if world["question"] != "time"]
    return {
        "find": [_find(name, group) for name, group in _cases(by_question["find"])],
        "kinds": _kinds(by_question["find"]),
        "time": [_time(name, group) for name, group in _cases(by_question["time"])],
        "false": [_false(name, group) for name, group in _by_difficulty(scanned)],
        "budget": [
            _false(name, group) | {"budget": group[0]["budget"]} for name, group in _cases(by_question["budget"])
        ],
        "alike": _alike(scanned),
        "baselines": _baselines(by_question["find"], by_question["quiet"]),
    }


def _cases(worlds: Iterable[World]) -> list[tuple[str, list[World]]]:
    groups: dict[str, list[World]] = {}
    for world in worlds:
        groups.setdefault(world["case"], []).append(world)
    return list(groups.items())


def _by_difficulty(worlds: Iterable[World]) -> list[tuple[str, list[World]]]:
    groups: dict[str, list[World]] = {}
    for world in worlds:
        planted = world["question"] == "find"
        name = f"with a campaign, {world['difficulty']}" if planted else str(world["question"])
        groups.setdefault(name, []).append(world)
    return list(groups.items())


def _find(name: str, worlds: Sequence[World]) -> Row:
    campaigns = [campaign for world in worlds for campaign in world["campaigns"]]
    named = [campaign["precision"] for campaign in campaigns if campaign["precision"] is not None]
    return {
        "case": name,
        "scenario": worlds[0]["scenario"],
        "difficulty": worlds[0]["difficulty"],
        "found": share(sum(campaign["found"] for campaign in campaigns), len(campaigns)),
        "alerted": share(sum(campaign["alerts"] > 0 for campaign in campaigns), len(campaigns)),
        "reviewed": sum(campaign["alerts"] == 0 and campaign["reviews"] > 0 for campaign in campaigns),
        "precision": mean(named),
        "recall": mean([campaign["recall"] for campaign in campaigns]),
        "linked": mean([world["linked"][c["campaign"]]["recall"] for world in worlds for c in world["campaigns"]]),
        "pieces": max(campaign["alerts"] for campaign in campaigns),
        "poisoned": sum(campaign["poisoned_named"] for campaign in campaigns),
        "false_alerts": sum(len(world["false_alerts"]) for world in worlds),
        "worlds": len(worlds),
    }


def _kinds(worlds: Sequence[World]) -> list[Row]:
    """By kind of harvest and difficulty, over every attacker that takes it: one value a world."""
    groups: dict[tuple[str, str], list[World]] = defaultdict(list)
    for world in worlds:
        for kind in world["kinds"]:
            groups[kind, world["difficulty"]].append(world)
    return [
        {"kind": kind, "difficulty": difficulty}
        | {name: row for name, row in _find("", group).items() if name != "case"}
        for (kind, difficulty), group in sorted(groups.items())
    ]


def _time(name: str, worlds: Sequence[World]) -> Row:
    looks: dict[float, list[World]] = defaultdict(list)
    for world in worlds:
        for look in world["looks"]:
            looks[look["hours"]].append(look)
    taken = [world["taken_at_alert"] if world["taken_at_alert"] is not None else 1.0 for world in worlds]
    return {
        "case": name,
        "difficulty": worlds[0]["difficulty"],
        "hours_to_listed": median([world["hours_to_listed"] for world in worlds]),
        "hours": median([world["hours_to_alert"] for world in worlds]),
        "hours_to_half": median([world["hours_to_half"] for world in worlds]),
        "taken": median(taken),
        "never": sum(world["hours_to_alert"] is None for world in worlds),
        "worlds": len(worlds),
        "curve": [
            {
                "hours": hours,
                "alerted": share(sum(look["alerts"] > 0 for look in group), len(group)),
                "recall": mean([look["recall"] for look in group]),
                "taken": mean([look["taken"] for look in group]),
                "false_alerts": sum(look["false_alerts"] for look in group),
            }
            for hours, group in sorted(looks.items())
        ],
    }


def _false(name: str, worlds: Sequence[World]) -> Row:
    """False alerts: how many worlds have any, and how many a month. Worlds are independent, alerts need not be."""
    alerts = sum(len(world["false_alerts"]) for world in worlds)
    months = sum(world["days"] for world in worlds) / DAYS_A_MONTH
    return {
        "worlds": name,
        "number": len(worlds),
        "months": months,
        "alerts": alerts,
        "share": share(sum(bool(world["false_alerts"]) for world in worlds), len(worlds)),
        "a_month": rate(alerts, months),
        "mostly": sorted({alert["mostly"] for world in worlds for alert in world["false_alerts"]}),
    }


def _alike(worlds: Sequence[World]) -> list[Row]:
    """By innocent role: groups of it that were listed, by status, and how many of its accounts alerts named."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for world in worlds:
        for listed in world["listed"]:
            if listed["mostly"] != "campaign":
                counts[listed["mostly"]][listed["status"]] += 1
        for role, units in world["innocents"].items():
            counts[role]["named"] += units
    statuses = ("alert", "review", "declared", "named")
    return [
        {"role": role, "worlds": len(worlds)} | {status: found[status] for status in statuses}
        for role, found in sorted(counts.items())
    ]


def _baselines(planted: Sequence[World], quiet: Sequence[World]) -> list[Row]:
    """Each baseline by difficulty: precision and recall of its best group, or recall of its rule, and its price."""
    rows: list[Row] = []
    groups: dict[str, list[World]] = defaultdict(list)
    for world in planted:
        groups[world["difficulty"]].append(world)
    for difficulty, worlds in sorted(groups.items()):
        rows += [_grouping(method, difficulty, worlds, quiet) for method in GROUPINGS]
        rows += [_rule(rule, difficulty, worlds, quiet) for rule in RULES if quiet]
        rows.append(_kernel(difficulty, worlds, quiet))
    return rows


def _grouping(method: str, difficulty: str, worlds: Sequence[World], quiet: Sequence[World]) -> Row:
    best = [(world["baselines"][method]["campaigns"] or [{"precision": None, "recall": 0.0}])[0] for world in worlds]
    false = [world["baselines"][method]["false_groups"] for world in (*worlds, *quiet)]
    return {
        "method": method,
        "difficulty": difficulty,
        "precision": mean([one["precision"] or 0.0 for one in best]),
        "recall": mean([one["recall"] for one in best]),
        "false": mean([float(count) for count in false]),
    }


def _rule(rule: str, difficulty: str, worlds: Sequence[World], quiet: Sequence[World]) -> Row:
    """A rule at the same budget as Stillwatch: as many false accounts a month as that has false campaigns."""
    of_rule = [world["baselines"]["rates"][rule] for world in quiet]
    months = sum(world["days"] for world in quiet) / DAYS_A_MONTH
    cut = threshold([one["honest_top"] for one in of_rule], quiet[0]["budget"] * months)
    loose = max((one["honest_99"] for one in of_rule if one["honest_99"] is not None), default=None)
    caught_at = {
        name: mean([caught(world["baselines"]["rates"][rule]["campaign"], at) for world in worlds])
        if at is not None
        else Estimate(value=None)
        for name, at in (("recall", cut), ("recall_at_1_percent", loose))
    }
    return {"method": f"rate: {rule}", "difficulty": difficulty, "cut": cut, **caught_at}


def _kernel(difficulty: str, worlds: Sequence[World], quiet: Sequence[World]) -> Row:
    """Alarms at the test's own level of 5 %: by campaign account, by honest account, by window of all traffic."""
    ours = [world["baselines"].get("kernel") or {} for world in worlds]
    calm = [world["baselines"].get("kernel") or {} for world in quiet]

    def part(found: Sequence[World], name: str, of: str) -> Estimate:
        # Accounts of one world are not independent: the worlds' shares are averaged.
        shares = [one[name]["alarms"] / one[name][of] for one in found if one.get(name, {}).get(of)]
        return mean(shares)

    return {
        "method": "kernel test",
        "difficulty": difficulty,
        "recall": part(ours, "campaign", "accounts"),
        "honest_accounts": part([*ours, *calm], "honest", "accounts"),
        "pooled": part(ours, "pooled", "windows"),
        "pooled_without_campaign": part(calm, "pooled", "windows"),
    }
