"""The published detector, re-implemented as the baseline: a kernel two-sample test on embedded prompts.

source: Liu, Guo, Dong, arXiv 2606.05725 (2026). Unbiased MMD² of L2-normalised embeddings, four RBF kernels at 0.5, 1,
2 and 4 times the median distance, mean over 20 reference draws; alarm above the 95th percentile of 1,000 values of one
benign window against another. Written from the paper; no code of theirs was used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillwatch.signals.windows.statistic import Floats, Rows

__all__ = ["KernelTest", "kernel_of"]

WIDTHS = (0.5, 1.0, 2.0, 4.0)
MOST_FOR_MEDIAN = 1000
BATCH = 100  # windows at a time

Vectors = npt.NDArray[np.float32]


def kernel_of(vectors: npt.NDArray[np.floating], reference: Rows, *, seed: int = 0) -> Vectors:
    """(n, n): the sum of the four kernels for all pairs of the n vectors, normalised here; 0 on the diagonal.

    The median distance is taken among at most MOST_FOR_MEDIAN reference rows. Memory: 8 n² bytes.
    """
    unit = np.asarray(vectors, np.float32)
    unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    some = np.random.default_rng(seed).permutation(reference)[:MOST_FOR_MEDIAN]
    distances = np.sqrt(np.maximum(2 - 2 * unit[some] @ unit[some].T, 0))
    median = float(np.median(distances[np.triu_indices(len(some), 1)])) or 1.0
    total = np.zeros((len(unit), len(unit)), np.float32)
    for start in range(0, len(unit), 512):  # rows at a time, or the work would need four more such arrays
        squares = np.maximum(2 - 2 * unit[start : start + 512] @ unit.T, 0)
        for width in WIDTHS:
            total[start : start + 512] += np.exp(squares / np.float32(-2 * (width * median) ** 2))
    np.fill_diagonal(total, 0)
    return total


class KernelTest:
    """The test over a fixed set of vectors, of which rows are named; their kernel (`kernel_of`) serves several sizes.

    reference: rows that thresholds and reference draws come from. They must be embedded like everything else: where the
    embedding itself was fitted on them, every other window looks foreign.
    """

    def __init__(
        self,
        kernel: Vectors,
        reference: Rows,
        *,
        size: int,
        draws: int = 20,
        nulls: int = 1000,
        level: float = 0.05,
        seed: int = 0,
    ):
        random = np.random.default_rng(seed)
        self._kernel = kernel
        self._draws = [random.permutation(reference)[:size] for _ in range(draws)]
        self._within = _own(self._draws, _profiles(kernel, self._draws))
        half = min(size, len(reference) // 2)
        among = kernel[np.ix_(reference, reference)]
        null: list[float] = []
        for _ in range(0, nulls, BATCH):
            pairs = [random.permutation(len(reference))[: 2 * half] for _ in range(BATCH)]
            left, right = [rows[:half] for rows in pairs], [rows[half:] for rows in pairs]
            near, far = _profiles(among, left), _profiles(among, right)
            both = _own(left, near) + _own(right, far)
            null += [
                one - 2 * float(profile[rows].mean()) for one, profile, rows in zip(both, near, right, strict=True)
            ]
        self.threshold = float(np.quantile(null[:nulls], 1 - level))

    def statistics(self, windows: Sequence[Rows]) -> Floats:
        """Mean unbiased MMD² of each window against the reference draws. O(n) work for each of a window's rows."""
        found = np.zeros(len(windows))
        for start in range(0, len(windows), BATCH):
            part = windows[start : start + BATCH]
            profiles = _profiles(self._kernel, part)
            cross = np.column_stack([profiles[:, rows].mean(axis=1, dtype=np.float64) for rows in self._draws])
            found[start : start + BATCH] = _own(part, profiles) + (self._within - 2 * cross).mean(axis=1)
        return found

    def alarms(self, windows: Sequence[Rows]) -> npt.NDArray[np.bool_]:
        """Whether each window exceeds the threshold."""
        above: npt.NDArray[np.bool_] = self.statistics(windows) > self.threshold
        return above


def _profiles(kernel: Vectors, windows: Sequence[Rows]) -> Vectors:
    """(windows, n): mean kernel of every vector with each window's rows."""
    chosen = np.zeros((len(windows), len(kernel)), np.float32)
    for place, rows in enumerate(windows):
        chosen[place, rows] = np.float32(1 / len(rows))
    profiles: Vectors = chosen @ kernel
    return profiles


def _own(windows: Sequence[Rows], profiles: Vectors) -> Floats:
    # The diagonal of the kernel is 0: unbiased is a matter of the factor.
    return np.array(
        [
            float(profile[rows].mean(dtype=np.float64)) * len(rows) / (len(rows) - 1)
            for rows, profile in zip(windows, profiles, strict=True)
        ]
    )
