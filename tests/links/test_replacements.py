from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Toolkit, ToolkitTrait
from stillwatch.links.channels import BEHAVIOURAL_GROUPS, CHANNELS, GROUPS
from stillwatch.links.members import fit_members
from stillwatch.links.population import Population
from stillwatch.links.replacements import chance_of_hits, find_replacements
from stillwatch.links.trait_table import TraitTable, keep_traits


def begin(engine: DuckDBEngine, first_us: np.ndarray) -> TraitTable:
    """Accounts by principal with their first requests; the traits of the world that is registered."""
    rows = engine.fetch("SELECT principal, account_key FROM principals ORDER BY account_key")
    principal = rows["principal"].to_numpy()
    names = pa.array([f"a{number}" for number in principal])
    days = {
        "account_key": rows["account_key"],
        "account_id": names,
        "first_us": pa.array(first_us[principal], pa.int64()),
    }
    engine.register("account_totals", pa.table(days))
    text = ", ".join(str(place) for place, channel in enumerate(CHANNELS) if channel.text)
    engine.materialise(
        "trait_labels",
        "SELECT channel, value, CAST(value AS VARCHAR) AS label FROM trait_rows "
        f"WHERE channel IN ({text}) GROUP BY channel, value",
    )
    return keep_traits(engine)


def kit_of(table: TraitTable, traits: np.ndarray, weights: np.ndarray) -> Toolkit:
    return Toolkit(
        half=0,
        traits=tuple(
            ToolkitTrait(channel=CHANNELS[int(table.channel[t])].name, value=str(int(table.value[t])), weight=float(w))
            for t, w in zip(traits, weights, strict=True)
            if CHANNELS[int(table.channel[t])].name != "release"
        ),
    )


@pytest.mark.parametrize("come_back", [True, False])
def test_later_accounts_with_the_toolkit_are_found(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray], come_back: bool
) -> None:
    ring = ringed(6000, (160,), "easy", 41)
    draw = np.random.default_rng(5)
    later = draw.random(len(ring)) < 0.5
    if not come_back:
        later[ring == 0] = False
    table = begin(engine, np.where(later, 2_000, 1_000))
    fit = fit_members(Population(table, ~later), np.flatnonzero((ring == 0) & ~later)[:30])
    assert fit is not None
    (answer,) = find_replacements(engine, [kit_of(table, fit.traits, fit.weight)], [1_500])
    if not come_back:
        assert answer is None or answer.log_p > np.log(1e-3)
        return
    assert answer is not None
    back = {f"a{number}" for number in np.flatnonzero((ring == 0) & later)}
    assert answer.log_p < np.log(1e-12)
    assert len(back & set(answer.accounts)) >= 0.7 * len(back)
    assert len(back & set(answer.accounts)) >= 0.9 * len(answer.accounts)
    assert len(answer.accounts) == len(answer.account_keys) and answer.found <= len(answer.accounts)
    assert answer.expected < 0.2 * answer.found
    assert set(answer.channel_groups) & BEHAVIOURAL_GROUPS
    # After everybody's first request there is nobody left to test.
    assert find_replacements(engine, [kit_of(table, fit.traits, fit.weight)], [2_000]) == [None]


def test_toolkits_of_random_accounts_come_back_no_oftener_than_chance(
    engine: DuckDBEngine, ringed: Callable[..., np.ndarray]
) -> None:
    """Forty toolkits, each of what twenty strangers have: the p-values must not be small more often than they say."""
    ring = ringed(5000, (3,), "mid", 42)
    later = np.random.default_rng(6).random(len(ring)) < 0.5
    table = begin(engine, np.where(later, 2_000, 1_000))
    draw = np.random.default_rng(7)
    early = np.flatnonzero(~later & (ring < 0))
    kits = []
    for _ in range(40):
        traits = np.unique(table.row_trait[np.isin(table.row_principal, draw.choice(early, 20, replace=False))])
        kits.append(kit_of(table, traits, np.ones(len(traits))))
    p_values = np.array([1.0 if a is None else np.exp(a.log_p) for a in find_replacements(engine, kits, [1_500] * 40)])
    assert (p_values <= 0.05).mean() <= 0.05
    assert (p_values <= 0.5).mean() <= 0.5


def test_nothing_asked_nothing_answered(engine: DuckDBEngine) -> None:
    assert find_replacements(engine, [], []) == []


@given(st.lists(st.floats(0.0, 1.0), min_size=len(GROUPS), max_size=len(GROUPS)), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_the_chance_of_hits_is_that_of_all_outcomes(rates: list[float], needed: int) -> None:
    behaves = [name in BEHAVIOURAL_GROUPS for name in GROUPS]
    exact = 0.0
    for outcome in itertools.product((0, 1), repeat=len(GROUPS)):
        if sum(outcome) >= needed and any(o and b for o, b in zip(outcome, behaves, strict=True)):
            exact += float(np.prod([r if o else 1 - r for r, o in zip(rates, outcome, strict=True)]))
    assert chance_of_hits(np.array([rates]), needed)[0] == pytest.approx(exact, abs=1e-9)
