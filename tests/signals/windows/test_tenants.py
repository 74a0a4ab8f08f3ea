from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.signals.windows import Prompts, TenantTest, WindowTest

SIZE = 60


def tenant(prompts: Any, place: int) -> Prompts:
    """A customer with a few pet words and a length of its own."""
    some = prompts(80, 1000 + place, length=3.5 + (place % 7) / 5)
    some.ids[:, 0] = 20_000 + place
    some.ids[:, 1] = 21_000 + place % 9
    return Prompts(some.ids, some.numbers)


def test_an_honest_newcomer_is_unusual_among_prompts_and_usual_among_tenants(prompts: Any) -> None:
    crowd = [tenant(prompts, place) for place in range(20)]
    newcomers = [tenant(prompts, place) for place in range(100, 110)]
    pooled = WindowTest(Prompts.join(crowd), draws=99)
    verdicts = [pooled.judge(one.take(np.arange(SIZE))) for one in newcomers]
    assert all(one is not None and one.p_value == 0.01 for one in verdicts)
    test = TenantTest(crowd, size=SIZE, draws=49)
    ranks = [test.judge(one) for one in newcomers]
    assert test.tenants == 20
    assert np.mean([one.p_value for one in ranks if one]) > 0.3
    assert sum(one.p_value < 0.06 for one in ranks if one) <= 2  # 10 newcomers at a rate of 1 in 21


def test_what_no_tenant_does_is_far_out(prompts: Any) -> None:
    hostile = prompts(80, 5, first=16000, length=7.0)
    hostile.ids[:, :6] = np.arange(25_000, 25_006)
    found = TenantTest([tenant(prompts, place) for place in range(20)], size=SIZE, draws=49).judge(hostile)
    assert found is not None
    assert found.p_value == pytest.approx(1 / 21)


def test_small_units_and_small_logs_cannot_be_judged(prompts: Any) -> None:
    crowd = [tenant(prompts, place) for place in range(4)]
    assert TenantTest(crowd, size=SIZE, draws=9).judge(prompts(SIZE - 1, 3)) is None
    assert TenantTest([], size=SIZE).judge(prompts(SIZE, 3)) is None
    assert TenantTest([prompts(SIZE - 10, 3)], size=SIZE).judge(prompts(SIZE, 3)) is None
    with pytest.raises(BadSettings, match="50 or more"):
        TenantTest(crowd, size=10)
