from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.known_seed_sets import KnownSeedSets
from stillwatch.testing import check_signal

SIGNAL = KnownSeedSets()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def test_half_a_fingerprint_counts_and_askings_share(partials: Any) -> None:
    rows = [
        {"account": 1, "seed_set": 500, "prompt_hash": 1},
        {"account": 1, "seed_set": 499, "prompt_hash": 2},
        {"account": 2, "seed_set": 1000, "prompt_hash": 3},
        {"account": 3, "seed_set": 1000, "prompt_hash": 3},
        {"account": 4, "seed_set": None, "prompt_hash": 4},
    ]
    assert partials(SIGNAL, rows) == {
        1: {"trials": 2000, "hits": 1000},
        2: {"trials": 1000, "hits": 500},
        3: {"trials": 1000, "hits": 500},
    }
