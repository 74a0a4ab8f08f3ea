from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sketches.hashing import hash_column, hash_sets, hash_strings, hash_tuples, purpose


@given(st.lists(st.none() | st.text(max_size=12), max_size=30))
@settings(max_examples=40, deadline=None)
def test_equal_values_and_only_those_have_equal_hashes(values: list[str | None]) -> None:
    hashed = hash_column(pa.array(values, pa.string())).to_pylist()
    assert [value is None for value in hashed] == [value is None for value in values]
    assert len({*hashed}) == len({*values})
    assert hash_strings(pa.array(values, pa.string())).dtype == np.int64


def test_position_slices_and_kinds() -> None:
    array = pa.array(["a", None, "b", "a"])
    whole = hash_strings(array)
    assert whole[0] == whole[3] != whole[2]
    assert whole[1] == 0
    assert (hash_strings(array.slice(2)) == whole[2:]).all()
    assert (hash_strings(array, kind="other") != whole)[[0, 2, 3]].all()
    assert purpose("band_0") != purpose("band_1")


def test_a_key_changes_every_hash(key: bytes) -> None:
    array = pa.array([str(i) for i in range(100)])
    assert not set(hash_strings(array)) & set(hash_strings(array, key=key))


def test_hashes_are_spread() -> None:
    bits = np.unpackbits(hash_strings(pa.array([f"account-{i}" for i in range(4000)])).view(np.uint8)).reshape(-1, 64)
    assert abs(bits.mean(axis=0) - 0.5).max() < 0.04


@given(st.lists(st.integers(-3, 3), max_size=6), st.randoms())
@settings(max_examples=40, deadline=None)
def test_a_set_has_no_order_and_no_repeats(members: list[int], random: object) -> None:
    shuffled = members + members[:2]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    sizes, hashes = hash_sets(pa.array([members, shuffled, None], pa.list_(pa.int64())), key=None, kind="set")
    assert sizes.to_pylist() == [len(set(members)), len(set(members)), None]
    assert hashes[0] == hashes[1]
    assert hashes[2].as_py() is None
    assert (hashes[0].as_py() is None) == (not members)


def test_sets_of_words_with_nulls_and_offsets() -> None:
    column = pa.array([["x"], ["a", None, "b"], ["b", "a"], [None]], pa.list_(pa.string()))
    sizes, hashes = hash_sets(column.slice(1), key=None, kind="set")
    assert sizes.to_pylist() == [2, 2, 0]
    assert hashes[0] == hashes[1]
    assert hashes[2].as_py() is None


def test_tuples_tell_absent_from_zero_and_place_from_place() -> None:
    zero, absent = pa.array([0, None, None, 1]), pa.array([None, 0, None, 1])
    hashed = hash_tuples([zero, absent], key=None, kind="pair").to_pylist()
    assert hashed[2] is None
    assert len(set(hashed)) == 4
    floats = hash_tuples([pa.array([0.0, -0.0, 0.5], pa.float32())], key=None, kind="pair").to_pylist()
    assert floats[0] == floats[1] != floats[2]
    flags = hash_tuples([pa.array([True, False, None])], key=None, kind="pair").to_pylist()
    assert len(set(flags)) == 3
