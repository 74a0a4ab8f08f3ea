"""Many suspects against many teachers: pairs in, judgements out. Labels are never read."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.errors import BadInput, StillwatchError
from stillwatch.provenance.fingerprint.coverage import by_coverage
from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.fingerprint.outputs import Outputs
from stillwatch.provenance.fingerprint.panel import Judgement, panel
from stillwatch.provenance.rows import read_rows

__all__ = ["RESULT_COLUMNS", "Pair", "read_pairs", "screen", "write_results"]

Pair = tuple[str, str, str]
NEEDED = ("benchmark", "suspect", "teacher")
RESULT_COLUMNS = {
    "benchmark": pa.string(), "suspect": pa.string(), "teacher": pa.string(), "score": pa.float64(),
    "p_value": pa.float64(), "p_parametric": pa.float64(), "log_lr": pa.float64(), "nearest_rival": pa.string(),
    "verdict": pa.string(), "p_newcomer": pa.float64(),
}  # fmt: skip


def read_pairs(path: Path) -> list[Pair]:
    """(benchmark, suspect, teacher) of each line; other columns are not read. Raises BadInput, naming the line."""
    pairs: list[Pair] = []
    for row in read_rows(path, dict.fromkeys(NEEDED, ()), {}):
        pair = row["benchmark"], row["suspect"], row["teacher"]
        if not all(pair):
            raise BadInput(f"{row.place}: benchmark, suspect or teacher is empty. Fill it.")
        if pair[1] == pair[2]:
            raise BadInput(f"{row.place}: suspect and teacher are the same model.")
        pairs.append(pair)
    return pairs


def screen(
    outputs: Outputs, pairs: Sequence[Pair], lineage: Lineage, *, seed: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> list[Judgement]:  # fmt: skip
    """One judgement for each pair, in their order. A benchmark is read once for all its suspects.

    A pair of which one model has no answer keeps its row, with a score of NaN and nothing said. Raises BadInput where
    that is so of every pair.
    """
    wanted: dict[str, list[Pair]] = {}
    for pair in pairs:
        wanted.setdefault(pair[0], []).append(pair)
    found: dict[Pair, Judgement] = {}
    for done, (benchmark, own) in enumerate(wanted.items()):
        if progress is not None:
            progress(f"{benchmark}: {len(own)} pairs", done / len(wanted))
        for pair, judgement in _judged(outputs, benchmark, _answered(outputs, own), lineage, seed):
            found[pair] = judgement
    if not found:
        benchmark, suspect, teacher = pairs[0]
        outputs.only(benchmark).model(suspect)
        outputs.only(benchmark).model(teacher)
    return [found.get(pair) or _unanswered(pair) for pair in pairs]


def _answered(outputs: Outputs, pairs: Sequence[Pair]) -> list[Pair]:
    corpora = outputs.corpora
    return [pair for pair in pairs if pair[0] in corpora and {pair[1], pair[2]} <= set(corpora[pair[0]].models)]


def _unanswered(pair: Pair) -> Judgement:
    return Judgement(*pair, math.nan, None, None, None, None, "inconclusive")


def _judged(
    outputs: Outputs, benchmark: str, pairs: Sequence[Pair], lineage: Lineage, seed: int
) -> Iterator[tuple[Pair, Judgement]]:
    if not pairs:
        return
    corpus = outputs.only(benchmark)
    suspects = list(dict.fromkeys(suspect for _, suspect, _ in pairs))
    standing = lineage.standing(benchmark, corpus.models, suspects=suspects)
    for together, part, beside in by_coverage(corpus, suspects, standing):
        sight = panel(part, lineage, suspects=suspects, seed=seed, beside=beside)
        for pair in pairs:
            if pair[1] in together:
                yield pair, sight.judge(pair[1], pair[2])


def write_results(path: Path, judgements: Sequence[Judgement]) -> None:
    """Write RESULTS as Parquet, whole or not at all. Raises StillwatchError where it cannot be written."""
    columns = [
        pa.array([getattr(one, name) for one in judgements], kind, from_pandas=True)  # NaN becomes null
        for name, kind in RESULT_COLUMNS.items()
    ]
    table = pa.table(columns, names=list(RESULT_COLUMNS))
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".results-") as folder:
            whole = Path(folder) / path.name
            pq.write_table(table, whole, compression="zstd")
            whole.replace(path)
    except OSError as error:
        raise StillwatchError(f"{path}: RESULTS cannot be written ({error.strerror}). Choose another --out.") from None
