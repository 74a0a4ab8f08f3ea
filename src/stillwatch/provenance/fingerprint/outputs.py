"""Answers of many models to the same questions, read from Parquet and made comparable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.errors import BadInput, NothingToRead

__all__ = ["BEGINNING", "COLUMNS", "Corpus", "Outputs", "read_outputs"]

COLUMNS = ("benchmark", "prompt_id", "prompt", "model", "output")
# Characters of an answer that signals read. Style shows at once, and models differ in how long they go on, which is
# often a setting of whoever asked them: longer cuts made every signal but one worse (docs/provenance.md).
BEGINNING = 600
ANSWERED = ("answered", "refused", "truncated")
# Reasoning that a gateway left in the answer: up to its end mark (some templates keep the opening one to themselves),
# or all there is where it never ended. How a model thinks is another text than what it answers, and it comes first.
REASONING = r"(?s)\A(?:.*?</think(?:ing)?>|\s*<think(?:ing)?>.*)"
# What a server, a template or a typographer adds to a text says nothing about who wrote it.
TEMPLATE_TOKENS = r"<\|[A-Za-z_]+\|>|</?s>|\[/?INST\]"
PLAIN = {
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-",
    "…": "...", "，": ", ", "。": ". ", "！": "! ", "？": "? ", "：": ": ", "；": "; ", "（": " (",
    "）": ") ", "\u00a0": " ",
}  # fmt: skip


@dataclass(frozen=True)
class Corpus:
    """The answers of one benchmark. Answer i is by models[model_of[i]] to prompts[prompt_of[i]]; one a pair at most.

    `again` holds the second answers, where models were asked some prompts more than once: they show how much a model
    agrees with itself.
    """

    benchmark: str
    models: tuple[str, ...]
    prompts: tuple[str, ...]
    prompt_texts: tuple[str, ...]
    model_of: npt.NDArray[np.int32]
    prompt_of: npt.NDArray[np.int32]
    texts: pa.Array
    again: Corpus | None = None

    def model(self, name: str) -> int:
        """Raises BadInput where the benchmark has no answer by that model."""
        try:
            return self.models.index(name)
        except ValueError:
            raise BadInput(
                f"benchmark {self.benchmark}: no answer by {name!r}. Models with answers: {_some(self.models)}."
            ) from None

    def answered(self) -> npt.NDArray[np.bool_]:
        """(models, prompts): whether there is an answer."""
        seen = np.zeros((len(self.models), len(self.prompts)), bool)
        seen[self.model_of, self.prompt_of] = True
        return seen

    def restricted(self, prompts: npt.NDArray[np.bool_]) -> Corpus:
        """The same models on some of the prompts (a mask)."""
        keep = prompts[self.prompt_of]
        place = np.cumsum(prompts) - 1
        chosen = np.flatnonzero(prompts)
        return Corpus(
            self.benchmark, self.models, tuple(self.prompts[i] for i in chosen),
            tuple(self.prompt_texts[i] for i in chosen), self.model_of[keep],
            place[self.prompt_of[keep]].astype(np.int32), self.texts.filter(pa.array(keep)),
        )  # fmt: skip

    def beginnings(self) -> pa.Array:
        """The first characters of each answer, in plain punctuation."""
        return pc.utf8_slice_codeunits(self.texts, 0, BEGINNING)


@dataclass(frozen=True)
class Outputs:
    """All benchmarks of a file, with what was left out: {reason: rows}."""

    path: str
    corpora: dict[str, Corpus]
    left_out: dict[str, int]

    def only(self, benchmark: str | None) -> Corpus:
        """The benchmark asked for, or the only one. Raises BadInput where that is not one."""
        if benchmark is None and len(self.corpora) == 1:
            return next(iter(self.corpora.values()))
        if benchmark is None:
            raise BadInput(
                f"{self.path}: has {len(self.corpora)} benchmarks ({_some(self.corpora)}). Choose one with --benchmark."
            )
        if benchmark not in self.corpora:
            raise BadInput(f"{self.path}: has no benchmark {benchmark!r}. It has {_some(self.corpora)}.")
        return self.corpora[benchmark]


def read_outputs(path: Path, *further: Path) -> Outputs:
    """Read OUTPUTS, and reference tables beside it: a model and prompt in both count as the first file says.

    Columns `benchmark, prompt_id, prompt, model, output`; with `status`, rows that are no answer are left out; with
    `sample`, the lowest counts and the next is kept beside it. Raises BadInput or NothingToRead, with the remedy.
    """
    table = pa.concat_tables([_table(one) for one in (path, *further)])
    asked = table.num_rows
    table = table.filter(pc.is_in(table["status"], pa.array(ANSWERED, pa.large_string())))
    answered = table.num_rows
    table = table.set_column(len(COLUMNS) - 1, "output", _clean(table["output"]))
    table = table.filter(pc.greater(pc.utf8_length(table["output"]), 0))
    left_out = {"no answer (status)": asked - answered, "empty answer": answered - table.num_rows}
    if table.num_rows == 0:
        raise NothingToRead(f"{path}: no answer in it. Ask the models again with `stillwatch provenance probe`.")
    corpora, twice = {}, 0
    for name in sorted(pc.unique(table["benchmark"]).to_pylist()):
        corpora[name], more = _corpus(name, table.filter(pc.equal(table["benchmark"], name)))
        twice += more
    left_out["answered before (same model and prompt)"] = twice
    return Outputs(str(path), corpora, {reason: rows for reason, rows in left_out.items() if rows})


def _table(path: Path) -> pa.Table:
    try:
        names = set(pq.read_schema(path).names)
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise BadInput(f"{path}: lacks the columns {', '.join(missing)}; it needs {', '.join(COLUMNS)}.")
        table = pq.read_table(path, columns=[*COLUMNS, *(n for n in ("status", "sample") if n in names)])
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such file.") from None
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            f"{path}: cannot be read as Parquet ({type(error).__name__}). Write it again; CSV and JSON are not read."
        ) from None
    columns = {name: _text(path, name, table[name]) for name in COLUMNS}
    for name, column in columns.items():
        if name not in ("prompt", "output") and column.null_count:
            row = pc.index(column.is_null(), True).as_py()
            raise BadInput(f"{path}: row {row + 1} has no {name}. Fill it or leave the row out.")
    status = _text(path, "status", table["status"]) if "status" in names else pa.nulls(len(table), pa.large_string())
    whole = pa.table({name: column.fill_null("") for name, column in columns.items()})
    whole = whole.append_column("status", status.fill_null(ANSWERED[0]))
    sample = _sample(path, table["sample"]) if "sample" in names else np.zeros(len(table), np.int64)
    return whole.append_column("sample", pa.array(sample)).take(pa.array(np.argsort(sample, kind="stable")))


def _text(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As text. Parquet says that text is UTF-8 and nobody checks: a broken byte must not reach the signals."""
    try:
        column = column.cast(pa.large_string())
    except pa.ArrowException:
        raise BadInput(f"{path}: column {name} is {column.type}, and must be text.") from None
    try:
        return column.cast(pa.large_binary()).cast(pa.large_string())
    except pa.ArrowException:
        raise BadInput(f"{path}: column {name} holds bytes that are not UTF-8. Write it again as UTF-8 text.") from None


def _sample(path: Path, column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    try:
        return np.asarray(column.cast(pa.int64()).fill_null(-1).to_numpy(), np.int64)
    except pa.ArrowException:
        raise BadInput(f"{path}: column sample is {column.type}, and must be whole numbers.") from None


def _clean(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = pc.replace_substring_regex(texts, REASONING, "", max_replacements=1)
    texts = pc.replace_substring_regex(texts, TEMPLATE_TOKENS, " ")
    for odd, plain in PLAIN.items():
        texts = pc.replace_substring(texts, odd, plain)
    return pc.utf8_trim_whitespace(texts)


def _corpus(name: str, table: pa.Table) -> tuple[Corpus, int]:
    models, model_of = _numbered(table["model"])
    prompts, prompt_of = _numbered(table["prompt_id"])
    sample = table["sample"].to_numpy()
    pair = model_of.astype(np.int64) * len(prompts) + prompt_of
    _, first, place = np.unique(pair, return_index=True, return_inverse=True)
    later = np.flatnonzero(sample != sample[first][place])
    second = later[np.unique(pair[later], return_index=True)[1]]
    _, somewhere = np.unique(prompt_of, return_index=True)
    asked = tuple(table["prompt"].take(pa.array(somewhere)).to_pylist())

    def chosen(rows: npt.NDArray[np.int64], again: Corpus | None) -> Corpus:
        texts = table["output"].take(pa.array(rows)).combine_chunks()
        return Corpus(name, models, prompts, asked, model_of[rows], prompt_of[rows], texts, again)

    repeated = chosen(np.sort(second), None) if len(second) else None
    return chosen(np.sort(first), repeated), len(pair) - len(first) - len(second)


def _numbered(column: pa.ChunkedArray) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    encoded = column.combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), np.int32)
    place[order] = np.arange(len(names))
    return tuple(names[i] for i in order), place[encoded.indices.to_numpy()]


def _some(names: Sequence[str] | dict[str, Corpus]) -> str:
    listed = list(names)
    return ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
