import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from stillwatch.links.counting import (
    best_weights,
    community_hits,
    expected_together,
    held_together,
    mixed_rates,
    summed_scores,
    weighted_counts,
)

TRAITS, PEOPLE, FAMILIES = 12, 20, 4
FAMILY = np.arange(TRAITS, dtype=np.int16) % FAMILIES


def world(seed: int) -> sparse.csr_matrix:
    """Who has what, principals by traits."""
    return sparse.csr_matrix((np.random.default_rng(seed).random((PEOPLE, TRAITS)) < 0.3).astype(np.float32))


@given(st.integers(0, 10_000), st.lists(st.integers(0, PEOPLE - 1), unique=True, max_size=PEOPLE))
@settings(max_examples=60, deadline=None)
def test_counts_are_a_matrix_product(seed: int, members: list[int]) -> None:
    table, who = world(seed), np.array(members, np.int64)
    weight = np.random.default_rng(seed + 1).random(len(who)) + 0.1
    scratch, met, counts = np.zeros(TRAITS), np.empty(TRAITS, np.int32), np.empty(TRAITS)
    found = weighted_counts(table.indptr, table.indices, who, weight, 1.0, scratch, met, counts)
    assert not scratch.any()  # it is left as it was found
    wanted = weight @ table[who].toarray()
    assert sorted(met[:found].tolist()) == np.flatnonzero(wanted >= 1.0).tolist()
    np.testing.assert_allclose(counts[:found], wanted[met[:found]])


@given(st.integers(0, 10_000), st.lists(st.integers(0, TRAITS - 1), max_size=TRAITS))
@settings(max_examples=60, deadline=None)
def test_a_mixed_rate_is_a_row_of_a_matrix_product(seed: int, traits: list[int]) -> None:
    draw = np.random.default_rng(seed)
    counts, mix = sparse.csr_matrix(draw.integers(0, 3, (TRAITS, 6)).astype(float)), draw.random(6)
    chosen, rates = np.array(traits, np.int64), np.empty(len(traits))
    mixed_rates(counts.indptr, counts.indices, counts.data, chosen, mix, rates)
    np.testing.assert_array_equal(rates, counts[chosen] @ mix)


@given(
    st.integers(0, 10_000),
    st.lists(st.integers(0, TRAITS - 1), unique=True, max_size=TRAITS),
    st.lists(st.integers(0, PEOPLE - 1), unique=True, max_size=5),
    st.floats(0, 4),
)
@settings(max_examples=100, deadline=None)
def test_the_best_weight_of_each_family(seed: int, traits: list[int], members: list[int], needed: float) -> None:
    table, chosen, first = world(seed), np.array(traits, np.int64), np.array(members, np.int64)
    weight = np.random.default_rng(seed + 1).random(len(chosen)) + 0.1
    slot = np.full(PEOPLE, -1, np.int32)
    rows = table.tocsc()
    who, best = best_weights(rows.indptr, rows.indices, chosen, weight, FAMILY[chosen], slot, FAMILIES, first, needed)
    assert (slot == -1).all()  # scratch is left as it was found
    dense = table.toarray()[:, chosen] * weight
    wanted = np.zeros((PEOPLE, FAMILIES))
    for family in range(FAMILIES):
        wanted[:, family] = dense[:, FAMILY[chosen] == family].max(axis=1, initial=0)
    assert who[: len(first)].tolist() == members and len(set(who.tolist())) == len(who)
    np.testing.assert_array_equal(best, wanted[who])
    others = np.setdiff1d(np.flatnonzero(wanted.any(axis=1)), first)
    assert set(who[len(first) :].tolist()) <= set(others.tolist())
    assert set(others[wanted[others].sum(axis=1) >= needed].tolist()) <= set(who.tolist())


def test_who_has_only_what_is_common_and_says_little_is_not_looked_at() -> None:
    has = np.zeros((PEOPLE, 2), np.int8)
    has[:, 0] = 1  # all have the first trait
    has[3, 1] = 1
    rows, slot = sparse.csc_matrix(has), np.full(PEOPLE, -1, np.int32)
    both = np.array([0, 1])
    who, best = best_weights(
        rows.indptr, rows.indices, both, np.array([0.5, 2.0]), both, slot, FAMILIES, np.array([5]), 2.0
    )
    assert who.tolist() == [5, 3]
    assert best[:, :2].tolist() == [[0.5, 0.0], [0.5, 2.0]]


@given(st.integers(0, 10_000), st.floats(0, 4))
@settings(max_examples=60, deadline=None)
def test_a_score_adds_what_is_there_and_what_is_missing(seed: int, needed: float) -> None:
    draw = np.random.default_rng(seed)
    best = draw.random((PEOPLE, 8)) * (draw.random((PEOPLE, 8)) < 0.3)
    known, missing = draw.random((PEOPLE, 8)) < 0.8, -draw.random(8)
    who, scores = draw.permutation(PEOPLE), np.empty(PEOPLE)
    summed_scores(who, best, known, missing, needed, scores)
    wanted = np.where(known[who], np.where(best > 0, best, missing), 0.0).sum(axis=1)
    hopeless = (best.sum(axis=1) < needed) | ~best.any(axis=1)
    np.testing.assert_array_equal(scores, np.where(hopeless, -np.inf, wanted))


@given(st.integers(0, 10_000), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_families_that_a_principal_has_of_a_community(seed: int, least: int) -> None:
    table = world(seed)
    community = np.random.default_rng(seed + 1).integers(-1, 3, TRAITS)
    principal, trait = table.nonzero()
    room = len(principal) // least + 1
    who, where, hits = (np.empty(room, np.int64) for _ in range(3))
    written = community_hits(table.indptr, table.indices, community, FAMILY, least, who, where, hits)
    found = set(zip(who[:written].tolist(), where[:written].tolist(), hits[:written].tolist(), strict=True))
    wanted = set()
    for p in range(PEOPLE):
        for c in range(3):
            families = len(set(FAMILY[trait[(principal == p) & (community[trait] == c)]].tolist()))
            if families >= least:
                wanted.add((p, c, families))
    assert found == wanted
    assert len(found) == written


def test_a_principal_with_more_communities_than_anybody_keeps() -> None:
    rows = 500
    who, where, hits = (np.empty(rows, np.int64) for _ in range(3))
    every = np.arange(rows)
    written = community_hits(np.array([0, rows]), every, every, np.zeros(rows, np.int16), 1, who, where, hits)
    assert written == rows
    assert (where[:written] == np.arange(rows)).all()


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_expectation_adds_up_over_strata_that_have_both(seed: int) -> None:
    draw = np.random.default_rng(seed)
    counts = sparse.csr_matrix(draw.integers(0, 4, (TRAITS, 6)).astype(float))
    sizes, more = draw.integers(5, 9, 6) + 0.5, draw.random((2, 30))
    t1, t2 = draw.integers(0, TRAITS, (2, 30))
    found = np.empty(30)
    expected_together(counts.indptr, counts.indices, counts.data, sizes, t1, t2, more[0], more[1], found)
    dense = counts.toarray()
    a, b = dense[t1], dense[t2]
    wanted = np.where((a > 0) & (b > 0), (a + more[0][:, None]) * (b + more[1][:, None]) / sizes, 0).sum(axis=1)
    np.testing.assert_allclose(found, wanted)


@given(st.integers(0, 10_000), st.sampled_from([-9.0, 0.0, 1.5]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_pairs_of_other_families_that_two_have_beyond_chance(seed: int, least_z: float, in_runs: bool) -> None:
    table, of = world(seed), np.sort(FAMILY) if in_runs else FAMILY
    by_trait, held = table.tocsc(), np.asarray(table.sum(axis=0)).ravel().astype(np.float64)
    t1, t2, o = held_together(
        by_trait.indptr, by_trait.indices, table.indptr, table.indices, of, held, float(PEOPLE), least_z
    )
    together = (table.T @ table).toarray()
    wanted = {}
    for a in range(TRAITS):
        for b in range(a + 1, TRAITS):
            e = held[a] * held[b] / PEOPLE
            if of[a] != of[b] and together[a, b] >= 2 and together[a, b] - e > least_z * np.sqrt(e + 0.2):
                wanted[a, b] = together[a, b]
    assert dict(zip(zip(t1.tolist(), t2.tolist(), strict=True), o.tolist(), strict=True)) == wanted


def test_more_pairs_than_there_was_room_for_at_first() -> None:
    everything = sparse.csr_matrix(np.ones((3, 80), np.int8))
    by_trait = everything.tocsc()
    t1, _, o = held_together(
        by_trait.indptr, by_trait.indices, everything.indptr, everything.indices,
        np.arange(80, dtype=np.int16), np.full(80, 3.0), 3.0, -9.0,
    )  # fmt: skip
    assert len(t1) == 80 * 79 / 2 and (o == 3).all()
