from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.marks import KeyResult
from stillwatch.provenance.watermark.text import gatekept, holm, opened_directly

P = st.floats(-400, 0)


def key(log10_p: float | None, cohort: str = "", account: str = "", epoch: str = "1") -> KeyResult:
    level: Any = "account" if account else "cohort" if cohort else "provider"
    name = f"{epoch}{cohort}{account}"
    return KeyResult(key_id=name, level=level, cohort=cohort, account=account, epoch=epoch, log10_p=log10_p)


def test_holm_is_that_of_the_book() -> None:
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert 10 ** holm(np.log10(p)) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_holds_below_what_floats_hold() -> None:
    assert holm([-5000.0, -3.0, -4000.0]) == pytest.approx([-5000 + math.log10(3), -3.0, -4000 + math.log10(2)])
    assert holm([]).tolist() == []


@settings(max_examples=80, deadline=None)
@given(st.lists(P, min_size=1, max_size=30))
def test_holm_lies_between_nothing_and_bonferroni_and_keeps_the_order(log10_p: list[float]) -> None:
    p, adjusted = np.array(log10_p), holm(log10_p)
    assert np.all(adjusted >= p) and np.all(adjusted <= np.minimum(p + math.log10(len(p)), 0) + 1e-12)
    assert np.all(np.diff(adjusted[np.argsort(p)]) >= 0)


def test_a_level_is_opened_below_accused_keys_alone() -> None:
    made = gatekept(
        [key(-9), key(-9, "c"), key(-1, "d"), key(-5, "c", "a"), key(-90, "d", "b"), key(-0.1, "c", "e")], 1e-3
    )  # fmt: skip
    assert [one.accused for one in made] == [True, True, False, True, False, False]
    assert made[4].log10_p_adjusted is None and "Not opened" in made[4].text and made[4].log10_p == -90
    # The one provider key costs nothing; cohorts and accounts share the level; two accounts are open.
    assert made[0].log10_p_adjusted == pytest.approx(-9)
    assert made[1].log10_p_adjusted == pytest.approx(-9 + math.log10(4))
    assert made[3].log10_p_adjusted == pytest.approx(-5 + math.log10(4))


def test_without_a_provider_key_cohorts_are_opened_directly() -> None:
    results = [key(-9, "c"), key(-1, "d"), key(-9, "c", "a")]
    made = gatekept(results, 1e-3)
    assert [one.accused for one in made] == [True, False, True]
    assert opened_directly(results) == "No provider key was tested, so the cohort keys were opened directly."
    assert opened_directly([key(-1)]) == opened_directly([]) == ""
    assert "provider and cohort" in opened_directly([key(-1, "c", "a")])


def test_an_account_without_its_cohorts_key_looks_to_the_provider() -> None:
    shut = gatekept([key(-0.1), key(-50, "c", "a")], 1e-3)
    assert shut[1].log10_p_adjusted is None
    assert gatekept([key(-9), key(-50, "c", "a")], 1e-3)[1].accused
    assert gatekept([key(None), key(-50, "c", "a")], 1e-3)[1].accused  # a key that could not be judged gates nothing


def test_epochs_gate_their_own_keys() -> None:
    made = gatekept(
        [key(-9, "c", epoch="1"), key(-0.1, "c", epoch="2"), key(-9, "c", "a", epoch="1"), key(-9, "c", "a", epoch="2"),
         key(-9, "c", "b", epoch="3")], 1e-3
    )  # fmt: skip
    assert [one.accused for one in made] == [True, False, True, False, True]


def test_pooled_parents_make_every_key_count() -> None:
    results = [
        key(-9, "c"),
        *(key(-0.1, "d") for _ in range(3)),
        key(-6, "c", "a"),
        *(key(-1, "d", f"x{n}") for n in range(99)),
    ]
    alone, pooled = gatekept(results, 1e-3), gatekept(results, 1e-3, pooled=True)
    assert alone[4].log10_p_adjusted == pytest.approx(-6 + math.log10(2))
    assert pooled[4].log10_p_adjusted == pytest.approx(-6 + math.log10(2 * 100))
    assert pooled[5].log10_p_adjusted is None


def test_without_gates_every_key_is_tested() -> None:
    made = gatekept([key(-0.1), key(-0.1, "c"), key(-9, "c", "a")], 1e-3, gated=False)
    assert [one.accused for one in made] == [False, False, True]
    assert made[2].log10_p_adjusted == pytest.approx(-9 + math.log10(3))


def test_what_cannot_be_judged_is_neither_counted_nor_accused() -> None:
    made = gatekept([key(-2.9, "c"), key(None, "d"), key(math.nan, "e")], 0.01)
    assert made[0].accused and made[1] == key(None, "d") and not made[2].accused
    assert gatekept([], 0.01) == []
    with pytest.raises(BadSettings, match="between 0 and 1"):
        gatekept([], 0.0)


WORLDS = 1000
GUILTY = {"none": set(), "the provider's": {0}, "a cohort's": {0, 1}, "accounts'": {0, 1, 4, 5}, "of no gate": {4, 8}}


@pytest.mark.parametrize("guilty", GUILTY.values(), ids=GUILTY.keys())
@pytest.mark.parametrize("options", [{}, {"gated": False}, {"pooled": True}], ids=str)
@pytest.mark.parametrize("alone", [True, False], ids=["one key at the top", "two"])
def test_some_innocent_key_is_accused_no_more_often_than_stated(
    guilty: set[int], options: dict[str, bool], alone: bool
) -> None:
    """1,000 worlds of one provider (or two epochs of it), three cohorts and twelve accounts, at level .1. Keys that are
    guilty have small p-values; where parents pool, theirs is made of their accounts' own."""
    level = 0.1
    shape = [key(-1), *(key(-1, c) for c in "cde"), *(key(-1, "cde"[n % 3], f"a{n}") for n in range(12))]
    shape += [] if alone else [key(-1, epoch="2")]
    rng = np.random.default_rng(17)
    p = rng.random((WORLDS, len(shape)))
    for i in guilty:
        p[:, i] **= 8  # guilty, and now and then not seen
    if options.get("pooled"):
        for c in range(3):
            if 1 + c not in guilty:
                p[:, 1 + c] = -np.expm1(4 * np.log1p(-p[:, 4 + c : 16 : 3].min(1)))
    errors = 0
    for row in np.log10(p):
        results = [KeyResult(key_id=k.key_id, level=k.level, cohort=k.cohort, account=k.account, epoch=k.epoch,
                             log10_p=float(value)) for k, value in zip(shape, row, strict=True)]  # fmt: skip
        made = gatekept(results, level, **options)
        # A pooled cohort with a guilty account is guilty itself.
        excused = guilty | ({1 + (i - 4) % 3 for i in guilty if i >= 4} if options.get("pooled") else set())
        errors += any(one.accused for i, one in enumerate(made) if i not in excused)
    assert errors / WORLDS <= level + 3.5 * math.sqrt(level * (1 - level) / WORLDS)
