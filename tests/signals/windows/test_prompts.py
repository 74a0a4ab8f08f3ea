from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.schema import CONTENT_BYTES
from stillwatch.signals.windows import Prompts
from stillwatch.signals.windows.prompts import NUMBERS


def test_lake_rows_are_read_as_they_were_written() -> None:
    ids = np.arange(96, dtype="<u2").reshape(3, 32)
    content = pa.array([row.tobytes() for row in ids] + [None], pa.binary(CONTENT_BYTES))
    chars = pa.array([1, None, 3, 4], pa.int32())
    table = pa.table({"content": content, "prompt_chars": chars})
    found = Prompts.from_lake(table.slice(1))  # sliced, and the row without words drops out
    assert found.ids.tolist() == ids[1:].tolist()
    assert found.numbers.shape == (2, len(NUMBERS))
    assert np.isnan(found.numbers[0]).all()
    assert found.numbers[1, 0] == 3


def test_no_rows() -> None:
    table = pa.table({"content": pa.array([None], pa.binary(CONTENT_BYTES))})
    assert len(Prompts.from_lake(table)) == 0


def test_the_lake_of_a_sketched_log_is_read(prompts: Any) -> None:
    from stillwatch.sketches import sketch

    log = pa.table(
        {
            "ts": pa.array([0, 1], pa.timestamp("us", "UTC")),
            "exchange_id": ["a", "b"],
            "account_id": ["x", "x"],
            "prompt": ["the tide and the moon", "The tide, the MOON"],
        }
    )
    found = Prompts.from_lake(sketch(log, keep_text=False))
    words = [set(row[:16].tolist()) - {0} for row in found.ids]
    assert [len(some) for some in words] == [4, 3]
    assert words[1] < words[0]


def test_join_and_take(prompts: Any) -> None:
    left, right = prompts(5, 1), prompts(7, 2)
    both = Prompts.join([left, right])
    assert len(both) == 12
    assert both.take(np.array([6, 0])).ids.tolist() == [right.ids[1].tolist(), left.ids[0].tolist()]


def test_vectors_have_no_ids() -> None:
    found = Prompts.from_vectors(np.ones((4, 3), np.float32))
    assert not found.ids.any()
    assert found.numbers.shape == (4, 3)
