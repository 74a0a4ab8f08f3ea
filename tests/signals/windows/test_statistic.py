from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.signals.windows import Prompts
from stillwatch.signals.windows.statistic import COMPONENTS, LITTLE, MARK, WEIGHTS, Pool, components, deviance


def at(name: str) -> int:
    return COMPONENTS.index(name)


def plain(prompts: Prompts, rows: list[int]) -> dict[str, float]:
    """The components of ids, counted in plain Python."""
    total, size = len(prompts), len(rows)
    sets = [set(row.tolist()) - {0} for row in prompts.ids]
    counts: dict[int, int] = {}
    inside: dict[int, int] = {}
    for place, some in enumerate(sets):
        for one in some:
            counts[one] = counts.get(one, 0) + 1
            inside[one] = inside.get(one, 0) + (place in rows)
    share = size / total
    z = {
        one: (inside[one] - c * share) / np.sqrt(c * share * (1 - share) * (1 - c / total))
        for one, c in counts.items()
        if 5 <= c < total
    }
    far = {}
    for one, c in counts.items():
        if 3 <= c < total and inside[one] > c * share:
            terms = [(inside[one], c * share), (c - inside[one], c * (1 - share))]
            far[one] = np.sqrt(2 * sum(x * np.log(x / e) for x, e in terms if x > 0))
    roots = {one: np.sqrt(counts[one]) for one in z}
    once = [one for one, c in counts.items() if c == 1 and one < 32768]
    expected = len(once) * share
    return {
        "marked": float(np.log1p(sum(max(value - MARK, 0) ** 2 * np.sqrt(counts[one]) for one, value in far.items()))),
        "words": float(np.log(np.mean([value**2 for one, value in z.items() if one < 32768]) + LITTLE)),
        "common": float(np.log(sum(z[one] ** 2 * roots[one] for one in z) / sum(roots.values()) + LITTLE)),
        "new_words": (sum(inside[one] for one in once) - expected) / np.sqrt(max(expected * (1 - share), 1)),
    }


@given(st.integers(0, 10**6), st.integers(10, 60))
@settings(max_examples=12, deadline=None)
def test_ids_are_counted_as_plain_python_counts_them(prompts: Any, seed: int, size: int) -> None:
    some = prompts(120, seed, kinds=200)
    rows = np.random.default_rng(seed).permutation(120)[:size]
    found = components(Pool.of(some), [rows])[0]
    for name, value in plain(some, rows.tolist()).items():
        assert found[at(name)] == pytest.approx(value), name


def test_window_and_rest_are_treated_alike(prompts: Any) -> None:
    """The order of the pool does not matter, nor which of two halves is called the window for what is two-sided."""
    some = prompts(200, 1)
    rows = np.arange(100)
    order = np.random.default_rng(2).permutation(200)
    place = np.argsort(order)
    one, other = components(Pool.of(some), [rows, np.arange(100, 200)])
    again = components(Pool.of(some.take(order)), [place[rows]])[0]
    assert again == pytest.approx(one, rel=1e-4)
    for name in ("words", "pairs", "tails", "shift"):
        assert one[at(name)] == pytest.approx(other[at(name)], rel=1e-3)


def test_each_component_sees_what_it_is_for(prompts: Any) -> None:
    honest = prompts(1000, 1)
    window = np.arange(1000, 1200)

    def lift(hostile: Prompts) -> dict[str, float]:
        pool = Pool.of(Prompts.join([honest, prompts(180, 2), hostile]))
        null = components(pool, [np.random.default_rng(k).permutation(1200)[:200] for k in range(40)])
        found = components(pool, [window])[0]
        return dict(zip(COMPONENTS, (found - null.mean(axis=0)) / null.std(axis=0), strict=True))

    template = prompts(20, 3)
    template.ids[:, :3] = [31001, 31002, 31003]
    assert lift(template)["marked"] > 5
    assert lift(prompts(20, 4, first=16000, kinds=5000))["new_words"] > 3
    assert lift(prompts(20, 5, length=8.0))["tails"] > 5
    assert max(lift(prompts(20, 6)).values()) < 4


@given(st.integers(1, 400), st.integers(0, 400), st.floats(0.02, 0.98))
@settings(max_examples=60, deadline=None)
def test_a_deviance_is_left_out_only_where_it_marks_nothing(count: int, inside: int, share: float) -> None:
    inside = min(inside, count)
    exact = 0.0
    if inside > count * share:
        terms = [(inside, count * share), (count - inside, count * (1 - share))]
        exact = np.sqrt(max(2 * sum(x * np.log(x / e) for x, e in terms if x > 0), 0.0))
    found = deviance(float(inside), float(count), share)
    assert found == pytest.approx(exact) or (found == 0 and exact <= MARK)


def test_a_deviance_of_a_rare_id_is_tamer_than_its_z_score() -> None:
    """Three of five prompts with the id, in a window of one prompt in twenty."""
    z = (3 - 0.25) / np.sqrt(5 * 0.05 * 0.95)
    assert MARK < deviance(3.0, 5.0, 0.05) < 0.7 * z


def test_every_component_has_a_weight() -> None:
    assert len(WEIGHTS) == len(COMPONENTS)
    assert (WEIGHTS > 0).all()


def test_no_component_of_an_honest_window_has_a_long_tail(prompts: Any) -> None:
    """A skew null would set the threshold for all the others: chi squared of two has skewness 2, a normal one 0."""
    random = np.random.default_rng(4)
    found = components(Pool.of(prompts(800, 1)), [random.permutation(800)[:100] for _ in range(300)])
    parts = (found - found.mean(axis=0)) / found.std(axis=0)
    assert np.abs((parts**3).mean(axis=0)).max() < 0.7


def test_a_column_that_nobody_knows_counts_for_nothing(prompts: Any) -> None:
    some = prompts(100, 1)
    bare = Prompts(some.ids, np.full((100, 2), np.nan))
    without = Prompts(some.ids, np.zeros((100, 0)))
    rows = np.arange(40)
    assert components(Pool.of(bare), [rows]).tolist() == components(Pool.of(without), [rows]).tolist()


def test_the_whole_pool_and_empty_prompts_are_no_fault() -> None:
    empty = Prompts(np.zeros((60, 32), np.uint16), np.full((60, 1), np.nan))
    assert np.isfinite(components(Pool.of(empty), [np.arange(60), np.arange(30)])).all()
