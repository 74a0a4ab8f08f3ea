import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from stillwatch.links.layout import counted, turned


def some_rows(seed: int, rows: int, columns: int) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.random.default_rng(seed).random((rows, columns)) < 0.4).astype(np.int8))


@given(st.integers(0, 10_000), st.integers(0, 30), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_turned_rows_are_those_of_the_transpose(seed: int, rows: int, columns: int) -> None:
    table = some_rows(seed, rows, columns)
    starts, found = turned(table.indptr, table.indices, columns)
    wanted = table.tocsc()
    assert starts.dtype == found.dtype == np.int32
    np.testing.assert_array_equal(starts, wanted.indptr)
    np.testing.assert_array_equal(found, wanted.indices)


@given(st.integers(0, 10_000), st.integers(0, 30), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_columns_are_counted_by_kind(seed: int, rows: int, kinds: int) -> None:
    table = some_rows(seed, rows, 20)
    kind = np.random.default_rng(seed + 1).integers(0, kinds, 20)
    starts, found, counts = counted(table.indptr, table.indices, kind, kinds)
    wanted = np.stack([table.toarray()[:, kind == one].sum(axis=1) for one in range(kinds)], axis=1)
    for row in range(rows):
        mine = slice(starts[row], starts[row + 1])
        assert found[mine].tolist() == np.flatnonzero(wanted[row]).tolist()
        assert counts[mine].tolist() == wanted[row][wanted[row] > 0].tolist()


def test_more_kinds_than_there_was_room_for_at_first() -> None:
    rows = 3000
    starts, found, counts = counted(np.arange(rows + 1), np.zeros(rows, np.int32), np.array([4]), 5)
    assert starts[-1] == rows and (found == 4).all() and (counts == 1.0).all() and len(counts) == rows
