from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

from stillwatch.errors import BadInput
from stillwatch.sources import plan, read


def _count(chunk) -> tuple[int, int]:
    found = list(read(pickle.loads(pickle.dumps(chunk))))  # noqa: S301 - our own bytes
    return sum(batch.table.num_rows for batch in found), sum(len(batch.rejected) for batch in found)


def test_chunks_are_read_in_other_processes(samples) -> None:
    chunks = plan([samples]).chunks
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_sum, chunks).result() == tuple(map(sum, zip(*map(_count, chunks), strict=True)))


def _sum(chunks) -> tuple[int, ...]:
    return tuple(map(sum, zip(*map(_count, chunks), strict=True)))


def test_a_file_that_has_gone_is_named(samples) -> None:
    (chunk,) = plan([samples / "litellm"]).chunks
    with pytest.raises(BadInput, match=r"gone\.jsonl: cannot be read: No such file"):
        list(read(replace(chunk, path=chunk.path.with_name("gone.jsonl"))))


def test_an_unknown_format_is_named(samples) -> None:
    (chunk,) = plan([samples / "litellm"]).chunks
    with pytest.raises(BadInput, match="no format 'other'"):
        list(read(replace(chunk, format="other")))
