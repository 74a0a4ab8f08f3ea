from __future__ import annotations

import numpy as np
import pytest

from stillwatch.signals.even_load import EvenLoad
from stillwatch.signals.evidence import log_e
from stillwatch.signals.measure import Measured
from stillwatch.signals.narrow_skill_wide_coverage import NarrowSkillWideCoverage
from stillwatch.signals.reasoning_elicitation import ReasoningElicitation
from stillwatch.signals.tenants import Tenants


def measured(*rows: tuple[str, str, int, float]) -> Measured:
    kind, unit, accounts, value = zip(*rows, strict=True)
    return Measured(
        unit=np.array(unit, object),
        kind=np.array(kind, object),
        accounts=np.array(accounts),
        trials=np.full(len(rows), 100),
        value=np.array(value, float),
    )


def test_handfuls_of_other_sizes_take_no_part() -> None:
    rows = measured(
        ("group", "g", 9, 0.5),
        *(("bundle", f"bundle:8:{place}", 8, 1.0) for place in range(4)),
        *(("bundle", f"bundle:64:{place}", 64, 0.0) for place in range(100)),
        ("org", "o", 3, 0.1),
    )
    found, base = Tenants(EvenLoad(), rows).place(0, [0])
    assert (found.extreme, found.tenants) == (1, 5)
    assert base == 1.0


def test_where_size_matters_only_units_as_large_count() -> None:
    rows = measured(
        ("group", "g", 20, 5.0),
        ("org", "small", 15, 9.0),
        ("org", "large", 16, 1.0),
        ("bundle", "bundle:16:0", 16, 2.0),
    )
    found, base = Tenants(NarrowSkillWideCoverage(), rows).place(0, [0])
    assert (found.extreme, found.tenants) == (0, 2)
    assert base == 1.5


def test_other_groups_are_tenants_but_not_in_the_median() -> None:
    rows = measured(
        ("group", "g", 5, 0.5), ("group", "h", 5, 0.9), ("account", "a", 1, 0.2), ("bundle", "bundle:4:0", 4, 0.9)
    )
    found, base = Tenants(ReasoningElicitation(), rows).place(0, [0])
    assert (found.extreme, found.tenants) == (1, 2)
    assert base == 0.2


def test_unmeasured_units_are_no_tenants() -> None:
    rows = measured(("group", "g", 5, 0.5), ("account", "a", 1, float("nan")), ("account", "b", 1, 0.1))
    found, _ = Tenants(ReasoningElicitation(), rows).place(0, [0, 1])
    assert found.tenants == 1
    assert found.p_value == pytest.approx(0.5)


def test_where_everybody_is_in_a_group_the_groups_have_the_median() -> None:
    rows = measured(("group", "g", 5, 0.5), ("group", "h", 5, 0.9), ("group", "i", 5, 0.1))
    found, base = Tenants(ReasoningElicitation(), rows).place(0, [0])
    assert (found.extreme, found.tenants, base) == (1, 2, 0.5)


def test_the_weight_takes_back_what_ties_cost() -> None:
    """Nothing of a rare habit was seen of 198 tenants in 200: not to show it weighs next to nothing."""
    rows = measured(
        ("group", "none", 1, 0.0),
        ("group", "much", 1, 9.0),
        *(("account", f"account:{place}", 1, float(max(0, place - 197))) for place in range(200)),
    )
    tenants = Tenants(ReasoningElicitation(), rows)
    none, much = (tenants.weight(row, tenants.place(row, [0, 1])[0]) for row in (0, 1))
    assert -0.35 < none < 0
    distinct = measured(("group", "much", 1, 999.0), *(("account", f"a{n}", 1, float(n)) for n in range(200)))
    plain = Tenants(ReasoningElicitation(), distinct)
    assert much > plain.weight(0, plain.place(0, [0])[0]) + 0.2
    assert plain.weight(0, plain.place(0, [0])[0]) == pytest.approx(float(log_e(1 / 201)), abs=0.05)
