import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.links.rarest import rarest


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 9), st.integers(1, 50))
@settings(max_examples=80, deadline=None)
def test_the_rarest_of_each_channel_and_of_those_again(seed: int, each: int, most: int, chunk: int) -> None:
    draw = np.random.default_rng(seed)
    has = draw.random((12, 30)) < 0.5
    df, channel = draw.integers(5, 9, 30), np.sort(draw.integers(0, 4, 30)).astype(np.int16)
    order = draw.permutation(has.sum())
    principal, trait = (column[order].astype(np.int32) for column in np.nonzero(has))
    rows = pa.Table.from_batches(pa.table({"principal": principal, "trait": trait}).to_batches(max_chunksize=chunk))
    wanted = []
    for one in range(12):
        mine = sorted(np.flatnonzero(has[one]).tolist(), key=lambda t: (df[t], t))
        first = [t for t in mine if sum(channel[s] == channel[t] for s in mine[: mine.index(t)]) < each]
        wanted += [(one, t) for t in sorted(first[:most])]
    found = rarest(rows, 12, df, channel, each, most)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == wanted
    assert all(column.dtype == np.int32 for column in found)


def test_who_has_nothing_keeps_nothing() -> None:
    rows = pa.table({"principal": pa.array([], pa.int32()), "trait": pa.array([], pa.int32())})
    principal, trait = rarest(rows, 3, np.empty(0, np.int64), np.empty(0, np.int16), 12, 64)
    assert len(principal) == len(trait) == 0
