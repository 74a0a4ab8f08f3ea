from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.multi_route import MultiRoute
from stillwatch.testing import check_signal

SIGNAL = MultiRoute()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def came(*routes: str | None, accounts: int = 3, skeleton: int | None = 9) -> list[dict[str, Any]]:
    """Every account sends one request over each of the routes."""
    return [
        {"account": account, "channel": route, "skeleton": skeleton} for account in range(accounts) for route in routes
    ]


@pytest.mark.parametrize(
    ("routes", "value"),
    [
        (["api"], 0),
        (["api", "app", "batch"], 0),
        (["api", "cloud:one"], 1 / 2),
        (["api", "cloud:one", "cloud:two"], 2 / 3),
        (["api", "api", "api", "reseller:x"], 1 - 10 / 16),
        (["api", None], 0),
    ],
)
def test_a_template_counts_by_how_evenly_its_routes_share_it(
    group_value: Any, routes: list[str | None], value: float
) -> None:
    assert group_value(SIGNAL, came(*routes), [0, 1, 2]) == pytest.approx(value, abs=1e-6)


def test_only_templates_of_its_own_count(group_value: Any) -> None:
    both = ["api", "cloud:one"]
    assert group_value(SIGNAL, came(*both, accounts=2), [0, 1]) == 0
    assert group_value(SIGNAL, came(*both, skeleton=None), [0, 1, 2]) == 0
    assert group_value(SIGNAL, came(*both, accounts=9), [0, 1, 2]) == pytest.approx(1 / 2)
    assert group_value(SIGNAL, came(*both, accounts=10), [0, 1, 2]) == 0
    other = [row | {"skeleton": None} for row in came(*both)]
    assert group_value(SIGNAL, came(*both) + other, [0, 1, 2]) == pytest.approx(1 / 4)
