"""What a window test sees of prompts: the ids of the content sketch and a few numbers, never the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.schema import CONTENT_BYTES

__all__ = ["NUMBERS", "Prompts"]

IDS = CONTENT_BYTES // 2
# The lake's columns that say how a prompt is made. They fold case and ignore punctuation: typing style is not among
# them, because it costs an attacker nothing.
NUMBERS = ("prompt_chars", "asks_reasoning", "asks_grading", "asks_generation", "dataset_shape")


@dataclass(frozen=True, slots=True)
class Prompts:
    """n prompts. ids: (n, 32) uint16, 0 where there are fewer; numbers: (n, k) float64, NaN where not known."""

    ids: npt.NDArray[np.uint16]
    numbers: npt.NDArray[np.float64]

    @classmethod
    def from_lake(cls, rows: pa.Table) -> Prompts:
        """Of lake rows, or of any table with `content` and, where known, `NUMBERS`. Rows without content drop out."""
        rows = rows.filter(rows.column("content").is_valid()).combine_chunks()
        ids = np.zeros((rows.num_rows, IDS), np.uint16)
        if rows.num_rows:
            content = rows.column("content").chunk(0)
            start = content.offset * CONTENT_BYTES
            raw = content.buffers()[1][start : start + rows.num_rows * CONTENT_BYTES]
            ids = np.frombuffer(raw, "<u2").astype(np.uint16).reshape(-1, IDS)
        columns = [
            rows.column(name).cast(pa.float64()).to_numpy()
            if name in rows.column_names
            else np.full(rows.num_rows, np.nan)
            for name in NUMBERS
        ]
        return cls(ids, np.column_stack(columns))

    @classmethod
    def from_vectors(cls, vectors: npt.NDArray[np.floating]) -> Prompts:
        """Of the vectors of an embedding, (n, k): no ids, the vectors are the numbers."""
        return cls(np.zeros((len(vectors), IDS), np.uint16), np.asarray(vectors, np.float64))

    @staticmethod
    def join(parts: Sequence[Prompts]) -> Prompts:
        """All prompts of `parts`, in their order."""
        return Prompts(np.concatenate([p.ids for p in parts]), np.concatenate([p.numbers for p in parts]))

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.int64]) -> Prompts:
        """These prompts, in this order."""
        return Prompts(self.ids[rows], self.numbers[rows])

    def __len__(self) -> int:
        return len(self.ids)
