"""Real prompts from a folder, shelf by shelf: whole sources, never single rows out of a mixture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.simulate.keys import below, mix
from stillwatch.simulate.roster import Roster
from stillwatch.simulate.voices import MIXTURES, mixture

__all__ = ["LABELS", "Library"]

LABELS = ("distillation", "benign", "hard_negative")
LONGEST = 8_000  # characters of a prompt that are kept
_PERSON = 60  # prompts of a source that one person draws from, at least
_STRETCH = 6.0  # ... and as many times what they send, for people rarely send the same words twice
_LINES = pj.ReadOptions(block_size=64 << 20)

# Which shelves a mixture of the grammar is served from, the first that exists: (label, tasks).
_WISHES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "hydra": (("distillation", ("coding", "agentic")),),
    "coding": (("distillation", ("coding",)),),
    "agentic": (("distillation", ("agentic",)),),
    "reasoning": (("distillation", ("reasoning",)),),
    "grading": (("distillation", ("grading",)),),
    "reasoning-grading": (("distillation", ("reasoning", "grading")),),
    "generation": (("distillation", ("meta_generation",)),),
    "licensed": (("distillation", ("meta_generation", "reasoning", "chat")),),
    "terminal": (("hard_negative", ("agentic",)),),
    "batch": (("hard_negative", ("batch_nlp",)),),
    "suite-maths": (("hard_negative", ("benchmark",)),),
    "suite-choice": (("hard_negative", ("benchmark",)),),
    "suite-code": (("hard_negative", ("benchmark",)),),
    "suite-judge": (("hard_negative", ("grading",)), ("hard_negative", ("benchmark",))),
    "product-check": (("hard_negative", ("grading",)),),
    "developer": (("benign", ("coding",)), ("benign", ())),
}
_BENIGN = (("benign", ()),)
# These are about one shared text that no folder has; the grammar writes them.
_GRAMMAR_ONLY = {"assignment", "viral", "logits", "probe"}


class Library:
    """All prompts of a folder in one column, sorted by label, source and person; a shelf is one source.

    Files are `<label>.parquet` or `<label>.jsonl` for the labels in LABELS, with the columns text, source and
    task (and group, where persons are known). Raises NothingToRead or BadInput.
    """

    def __init__(self, folder: Path):
        tables = [table for label in LABELS if (table := _read(folder, label)) is not None]
        if not tables:
            raise NothingToRead(f"{folder} has no {', '.join(f'{label}.parquet' for label in LABELS)} with prompts.")
        table = pa.concat_tables(tables)
        table = table.append_column("place", pa.array(np.arange(table.num_rows)))
        table = table.sort_by([(name, "ascending") for name in ("label", "source", "task", "group", "place")])
        self.texts: pa.Array = _flat(table.column("text"))
        names = pc.binary_join_element_wise(table.column("label"), table.column("source"), table.column("task"), "\x1f")
        shelf = _flat(names).dictionary_encode()
        number = shelf.indices.to_numpy()
        self.start = np.flatnonzero(np.diff(number, prepend=-1))
        self.size = np.diff(np.append(self.start, len(number)))
        self._shelves = [tuple(name.split("\x1f")) for name in shelf.dictionary.to_pylist()]

    def shelves(self, mixture: str) -> list[int]:
        """The shelves that fit a mixture: of its tasks if there are any, else any of its label, else none."""
        if mixture in _GRAMMAR_ONLY:
            return []
        wishes = _WISHES.get(mixture, _BENIGN)
        for label, tasks in (*wishes, *((label, ()) for label, _ in wishes)):
            found = [
                number
                for number, (own, _, task) in enumerate(self._shelves)
                if own == label and (not tasks or task in tasks)
            ]
            if found:
                return found
        return []

    def pool(self, mixture: str, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Rows of all shelves that fit a campaign, shuffled: the pool that its accounts work through."""
        shelves = self.shelves(mixture)
        rows = [np.arange(self.start[shelf], self.start[shelf] + self.size[shelf]) for shelf in shelves]
        return rng.permutation(np.concatenate(rows)) if rows else np.zeros(0, dtype=np.int64)

    def assign(self, roster: Roster, days: int) -> None:
        """Give each innocent account a shelf and its own stretch of it; benchmark suites share their stretch."""
        rows = roster.behaviour
        # Cover traffic is read from the shelves of ordinary people.
        honest = (rows["campaign"] < 0) | (rows["cover"] > 0)
        wanted = np.where(rows["cover"] > 0, mixture("household"), rows["mixture"])
        for number, name in enumerate(MIXTURES):
            shelves = np.array(self.shelves(name), dtype=np.int64)
            mine = np.flatnonzero(honest & (wanted == number))
            if not len(shelves) or not len(mine):
                continue
            suite = rows["suite"][mine]
            owner = np.where(suite > 0, rows["template"][mine], mix(rows["person"][mine], rows["template"][mine]))
            # Large sources serve more people, but not in proportion: a small one is still somebody's.
            weight = np.sqrt(self.size[shelves])
            chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), below(mix(owner, 41), 2**40) / 2**40)
            shelf = shelves[np.minimum(chosen, len(shelves) - 1)]
            owner = np.where(rows["cover"][mine] > 0, mix(mine, 167), owner)
            own = np.maximum(_PERSON, rows["rate"][mine] * days * _STRETCH).astype(np.int64)
            size = np.minimum(np.where(suite > 0, suite, own), self.size[shelf])
            rows["shelf"][mine] = shelf
            rows["shelf_size"][mine] = size
            rows["shelf_start"][mine] = self.start[shelf] + below(mix(owner, 43), self.size[shelf] - size + 1)


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
    return column


def _read(folder: Path, label: str) -> pa.Table | None:
    for suffix in (".parquet", ".jsonl"):
        path = folder / f"{label}{suffix}"
        if path.is_file():
            break
    else:
        return None
    try:
        table = pq.read_table(path) if suffix == ".parquet" else pj.read_json(path, read_options=_LINES)
        if "text" not in table.column_names:
            raise BadInput(f"{path} has no column 'text'; see docs/simulate.md for the columns of a prompt folder.")
        rows = table.num_rows

        def column(name: str, default: object, kind: pa.DataType) -> pa.Array:
            values = table.column(name).cast(kind) if name in table.column_names else pa.nulls(rows, kind)
            return pc.fill_null(values, pa.scalar(default, kind))

        text = pc.utf8_slice_codeunits(table.column("text").cast(pa.large_string()), 0, LONGEST)
        result = pa.table(
            {
                "text": text,
                "label": pa.array([label] * rows, pa.string()),
                "source": column("source", path.stem, pa.string()),
                "task": column("task", "chat", pa.string()),
                "group": column("group", -1, pa.int64()),
            }
        )
        empty = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(text, ""))), 0)
        return result.filter(pc.invert(empty))
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0][:120]
        raise BadInput(f"{path} cannot be read as prompts: {reason}. Mend it or leave --prompts out.") from None
