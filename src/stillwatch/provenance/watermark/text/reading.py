"""Suspect texts from files: JSON Lines, Parquet, or plain text, one document a file.

A row has `text` (or `output`, as `provenance probe` writes it), which needs a tokenizer, or `tokens`; and, if known,
`prompt` or `prompt_tokens` (what was asked: context, never scored), `document` or `id`, and `account`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.text.documents import Documents
from stillwatch.provenance.watermark.text.tokenising import Tokenizer

__all__ = ["SUFFIXES", "Row", "read_rows", "read_texts"]

SUFFIXES = (".jsonl", ".ndjson", ".json", ".parquet", ".txt", ".md")
_LARGEST_TOKEN = 2**31 - 2  # one is added before hashing, in 32 bits
_COLUMNS = ("text", "output", "tokens", "prompt", "prompt_tokens", "document", "id", "account")

Token = Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_TOKEN)]
Ints = NDArray[np.int32]


class _Line(msgspec.Struct):
    text: str | None = None
    output: str | None = None
    tokens: list[Token] | None = None
    prompt: str | None = None
    prompt_tokens: list[Token] | None = None
    document: str | int | None = None
    id: str | int | None = None
    account: str | int | None = None


@dataclass
class Row:
    """One document as a file has it; `place` is for errors. None: not there. `characters` int32[n, 2] come with the
    tokenizer."""

    place: str
    name: str
    account: str
    text: str | None
    tokens: Ints | None
    prompt: str | None
    prompt_tokens: Ints | None
    characters: Ints | None = None


def read_texts(
    paths: Sequence[Path],
    tokenizer: Tokenizer | None = None,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> Documents:
    """All documents of the files, in order; a folder stands for its files with a known suffix.

    Raises BadInput naming file and line (or row), BadSettings where text comes without a tokenizer, NothingToRead where
    no document has a token. Never repeats what a text says.
    """
    found, hashes = read_rows(paths, progress)
    _tokenise(found, tokenizer)
    kept = [one for one in found if one.tokens is not None and len(one.tokens)]
    if not kept:
        raise NothingToRead(f"{', '.join(map(str, paths))}: no document with any token in it.")
    empty = len(found) - len(kept)
    return _joined(kept, hashes, (("empty document", empty),) if empty else ())


def read_rows(
    paths: Sequence[Path], progress: Callable[[str, float], None] | None = None
) -> tuple[list[Row], list[tuple[str, str]]]:
    """Every row of the files as it stands there, and (path, SHA-256) of each file. Raises as `read_texts` does."""
    files = [file for path in paths for file in _files(path)]
    found: list[Row] = []
    hashes = []
    for number, file in enumerate(files):
        if progress is not None:
            progress(f"reading {file.name}", number / len(files))
        raw = _bytes(file)
        hashes.append((str(file), hashlib.sha256(raw).hexdigest()))
        found += _READERS.get(file.suffix, _plain)(file, raw)
    return found, hashes


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.is_file() and file.suffix in SUFFIXES)
    if not path.exists():
        raise NothingToRead(f"{path}: no such file or folder.")
    if path.suffix not in SUFFIXES:
        raise BadInput(f"{path}: is of no known kind. Rename it to one of {', '.join(SUFFIXES)}.")
    return [path]


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror}).") from None


def _plain(file: Path, raw: bytes) -> Iterator[Row]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: is not UTF-8 (byte {error.start:,}). Convert it.") from None
    yield Row(str(file), file.name, "", text, None, None, None)


def _lines(file: Path, raw: bytes) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(_Line)
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        place = f"{file}, line {number:,}"
        try:
            row = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput(f"{place}: {_fault(error)}. One JSON object a line, with `text` or `tokens`.") from None
        tokens, prompt_tokens = (None if v is None else np.array(v, np.int32) for v in (row.tokens, row.prompt_tokens))
        name = row.document if row.document is not None else row.id
        yield Row(
            place, f"{file.name}:{number}" if name is None else str(name),
            "" if row.account is None else str(row.account),
            row.output if row.text is None else row.text, tokens, row.prompt, prompt_tokens,
        )  # fmt: skip


def _fault(error: Exception) -> str:
    """The decoder's words name types and places, never values."""
    return str(error).rstrip(".") if isinstance(error, msgspec.MsgspecError) else type(error).__name__


def _parquet(file: Path, raw: bytes) -> Iterator[Row]:
    try:
        source = pq.ParquetFile(pa.BufferReader(raw))
        names = [name for name in _COLUMNS if name in source.schema_arrow.names]
        if not {"text", "output", "tokens"} & set(names):
            raise BadInput(f"{file}: has no column `text`, `output` or `tokens`.")
        before = 0
        for batch in source.iter_batches(columns=names, batch_size=8192):
            yield from _batch(file, batch, before)
            before += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{file}: cannot be read as Parquet ({type(error).__name__}). Write it again.") from None


def _batch(file: Path, batch: pa.RecordBatch, before: int) -> Iterator[Row]:
    texts = {name: _words(file, batch, name) for name in _COLUMNS if name not in ("tokens", "prompt_tokens")}
    tokens, asked = (_token_lists(file, batch, name, before) for name in ("tokens", "prompt_tokens"))
    for i in range(batch.num_rows):
        row = {name: column[i] for name, column in texts.items()}
        name = row["document"] if row["document"] is not None else row["id"]
        yield Row(
            f"{file}, row {before + i + 1:,}", name if name is not None else f"{file.name}:{before + i + 1}",
            row["account"] or "", row["output"] if row["text"] is None else row["text"], tokens[i], row["prompt"],
            asked[i],
        )  # fmt: skip


def _words(file: Path, batch: pa.RecordBatch, name: str) -> list[str | None]:
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    try:
        column = batch[name].cast(pa.large_string())
        column.validate(full=True)  # Parquet says that text is UTF-8, and nobody checks
    except pa.ArrowException:
        raise BadInput(f"{file}: column `{name}` is not text in UTF-8. Write it again.") from None
    return list(column.to_pylist())


def _token_lists(file: Path, batch: pa.RecordBatch, name: str, before: int) -> Sequence[Ints | None]:
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    column = batch[name]
    try:
        column = column.cast(pa.large_list(pa.int64()))
    except pa.ArrowException:
        raise BadInput(f"{file}: column `{name}` is not a list of whole numbers.") from None
    flat, ends = column.flatten(), np.asarray(column.value_lengths().fill_null(0)).cumsum()
    values = np.asarray(flat.fill_null(-1), np.int64)
    bad = np.flatnonzero((values < 0) | (values > _LARGEST_TOKEN))
    if len(bad):
        row = before + int(np.searchsorted(ends, bad[0], "right")) + 1
        raise BadInput(f"{file}, row {row:,}: `{name}` holds what is no token (0 to {_LARGEST_TOKEN:,}).")
    present = np.asarray(column.is_valid())
    starts = np.concatenate([[0], ends[:-1]])
    whole = values.astype(np.int32)
    return [whole[a:b] if there else None for a, b, there in zip(starts, ends, present, strict=True)]


_READERS = {".jsonl": _lines, ".ndjson": _lines, ".json": _lines, ".parquet": _parquet}


def _tokenise(documents: list[Row], tokenizer: Tokenizer | None) -> None:
    """Tokens where there is only text. Answer and prompt apart: an answer begins at a token of its own."""
    for one in documents:
        if one.tokens is None and one.text is None:
            raise BadInput(f"{one.place}: has neither `text` nor `tokens`.")
    answers = [one for one in documents if one.tokens is None]
    asked = [one for one in documents if one.prompt_tokens is None and one.prompt]
    if answers and tokenizer is None:
        raise BadSettings(f"{answers[0].place}: is text. Give the provider's tokenizer.json, or `tokens` instead.")
    if tokenizer is None:
        return  # prompts in words beside answers in tokens: nothing to match them with
    for one, (tokens, characters) in zip(answers, tokenizer.encode([one.text or "" for one in answers]), strict=True):
        one.tokens, one.characters = tokens, characters
    for one, (tokens, _) in zip(asked, tokenizer.encode([one.prompt or "" for one in asked]), strict=True):
        one.prompt_tokens = tokens


def _joined(documents: list[Row], files: list[tuple[str, str]], left_out: tuple[tuple[str, int], ...]) -> Documents:
    none = np.zeros(0, np.int32)
    prompts = [one.prompt_tokens if one.prompt_tokens is not None else none for one in documents]
    answers = [one.tokens if one.tokens is not None else none for one in documents]
    unknown = [np.full((len(p), 2), -1, np.int32) for p in prompts]
    own = [
        one.characters if one.characters is not None else np.full((len(answer), 2), -1, np.int32)
        for one, answer in zip(documents, answers, strict=True)
    ]
    texts = Texts.of(
        [np.concatenate(both) for both in zip(prompts, answers, strict=True)], [len(prompt) for prompt in prompts]
    )
    characters = np.concatenate([part for both in zip(unknown, own, strict=True) for part in both])
    return Documents(
        texts, _unique(one.name for one in documents), tuple(one.account for one in documents), characters,
        tuple(one.text if one.characters is not None else None for one in documents), tuple(files), left_out,
    )  # fmt: skip


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names, with #2, #3 … behind those that came before."""
    again: dict[str, int] = {}
    for name in names:
        own = name
        while own in again:
            again[name] += 1
            own = f"{name}#{again[name]}"
        again[own] = 1
    return tuple(again)
