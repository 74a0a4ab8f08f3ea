from __future__ import annotations

import msgspec
import pytest

from stillwatch.provenance.whose.finding import Noticed, Teacher


def test_what_was_not_judged_is_none_and_not_zero() -> None:
    teacher = Teacher(provider="birch", score=None)
    values = msgspec.to_builtins(teacher)
    for name in ("score", "low", "high", "p_value", "p_adjusted", "p_absent", "p", "log_lr"):
        assert values[name] is None
    assert msgspec.convert(values, Teacher) == teacher


def test_a_finding_is_not_changed_afterwards() -> None:
    with pytest.raises(AttributeError):
        Noticed(share=0.5, named=0.1).named = 1.0  # type: ignore[misc]
