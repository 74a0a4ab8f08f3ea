from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from stillwatch.bench.marks.summary import AT, summary

Figures = dict[str, Any]


def case(seed: int, *, log10_p: float, published: float, right: int = 1, eight: bool = False) -> Figures:
    growth = [[1000, log10_p / 4], [50_020 + seed, log10_p / 2], [300_000, log10_p]]
    if eight:
        growth = [[row[0], row[1] - 1, row[1] + 1] for row in growth]
    made: Figures = {
        "tokens": 300_000,
        "log10_p": growth[-1][1:],
        "growth": growth,
        "single": [[row[0], row[1] * factor] for row, factor in zip(growth, (1, 1, 0.9), strict=True)],
        "published": [[row[0], published * factor] for row, factor in zip(growth, (1, 2, 0.5), strict=True)],
        "wrong_keys": {"lowest_log10_p": -3.0 - seed / 100},
        "wrong_keys_looks": {"lowest_log10_p": -2.0},
        "trace": {"right": right, "wrong": 0, "ranks": [1] * (2 if eight else 1)},
    }
    return made | ({"cohort_log10_p": -20.0 - seed} if eight else {})


def world(seed: int) -> Figures:
    random = np.random.default_rng(seed)
    zeros = [
        {
            "log10_p": np.log10(random.random(1000)).tolist(),
            "log10_p_uniform": -0.5,
            "naive_below_1e-6": 0.25,
            "looks": {"below_5_percent": 0.01, "lowest_log10_p": -1.8},
        }
        for _ in range(2)
    ]
    return {
        "seed": seed,
        "students": {
            "a": case(seed, log10_p=-10.0 * seed, published=-2.0),
            "many": case(seed, log10_p=-4.0, published=-1.0, right=seed % 2, eight=True),
        },
        "open": {"a": {"known outputs": {"log10_p": -float(seed), "published": -1.0, "positions": 100}}},
        "zeros": zeros,
        "quality": {"plain": {"nll": 2.0 + seed}},
    }


WORLDS = [world(seed) for seed in (3, 1, 2)]


def test_students_have_their_median_and_their_range() -> None:
    made = summary(WORLDS)
    assert made["seeds"] == [3, 1, 2]
    one = made["students"]["a"]
    assert one["log10_p"] == {"median": -20.0, "lowest": -30.0, "highest": -10.0, "worlds": 3}
    assert one["tokens"] == 300_000
    assert one["at"]["tokens"] == AT + 22
    assert one["at"]["log10_p"]["median"] == -10.0
    assert one["at"]["published_log10_p"]["median"] == -4.0
    assert one["keys"] == 1
    assert one["accused_right"] == [1, 1, 1]
    assert one["wrong_keys_lowest"] == pytest.approx(-3.03)
    assert one["growth"][-1] == [300_000, -20.0, -30.0, -10.0]


def test_buyers_of_a_mixture_are_averaged_and_pooled() -> None:
    one = summary(WORLDS)["students"]["many"]
    assert one["log10_p"]["median"] == -4.0
    assert one["keys"] == 2
    assert one["accused_right"] == [1, 1, 0]
    assert one["cohort_log10_p"]["median"] == -22.0


def test_decades_lost_to_more_text_are_the_worst_of_all_worlds() -> None:
    one = summary(WORLDS)["students"]["a"]
    assert one["most_lost_decades"] == 0
    assert one["single_most_lost"] == 0
    assert one["published_most_lost"] == pytest.approx(3.0)


def test_unmarked_students_are_taken_together() -> None:
    zeros = summary(WORLDS)["zeros"]
    assert (zeros["students"], zeros["keys"]) == (6, 6000)
    low, high = zeros["below_5_percent_interval"]
    assert low < zeros["below_5_percent"] < high
    assert low < 0.05 < high
    assert zeros["kolmogorov_smirnov_p"] > 1e-3
    assert zeros["naive_below_1e-6"] == 0.25
    assert (zeros["looks_below_5_percent"], zeros["looks_lowest_log10_p"]) == (pytest.approx(0.01), -1.8)
    chance, found = np.array(zeros["quantiles"]).T
    assert (np.diff(chance) > 0).all()
    assert (np.diff(found) >= 0).all()
    assert found[0] == pytest.approx(zeros["lowest_log10_p"], abs=1e-3)
    assert np.abs(chance - found)[chance > -2].max() < 0.3
    assert chance[0] == pytest.approx(math.log10(1 / 6001), abs=1e-3)


def test_p_values_that_are_too_small_are_seen() -> None:
    bent = world(1)
    for one in bent["zeros"]:
        one["log10_p"] = [2 * value for value in one["log10_p"]]
    zeros = summary([bent])["zeros"]
    assert zeros["kolmogorov_smirnov_p"] < 1e-6
    assert zeros["below_5_percent_interval"][0] > 0.05


def test_open_access_and_quality() -> None:
    made = summary(WORLDS)
    assert made["open"]["a"]["known outputs"]["log10_p"]["median"] == -2.0
    assert made["quality"]["plain"]["nll"] == 4.0


def test_no_world_has_no_figures() -> None:
    assert summary([]) == {"seeds": [], "students": {}, "open": {}, "zeros": {}, "quality": {}}


def test_a_measured_world_can_be_summed_up(measured: Figures) -> None:
    made = summary([measured])
    assert made["students"]["kgw-1 at 50 %"]["log10_p"]["median"] == measured["students"]["kgw-1 at 50 %"]["log10_p"][0]
    assert made["zeros"]["keys"] == 1000
