"""Opening a pack that somebody else may have made: every size is checked before it is believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.fingerprint.lineage import CONTROL_KINDS
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.whose.pack import LONGEST_ANSWER, Manifest, Pack, manifest_of, probes_hash

__all__ = ["LARGEST_FILE", "MOST_MODELS", "MOST_ROWS", "read_pack"]

LARGEST_FILE = 2**30  # bytes
LARGEST_TEXT = 4 * 2**30  # bytes of all columns, unpacked
# Bytes of one text and number of parts in the file's own head, the manifest among them.
_WARY = {"thrift_string_size_limit": 2**24, "thrift_container_size_limit": 1_000_000}
MOST_ROWS = 2_000_000
MOST_MODELS = 500
LONGEST_PROMPT = 32_000  # characters, as in `probing`
LONGEST_NAME = 400
COLUMNS = ("prompt_id", "prompt", "model", "output")
_LONGEST = {"prompt_id": LONGEST_NAME, "prompt": LONGEST_PROMPT, "model": LONGEST_NAME, "output": LONGEST_ANSWER}
_BATCH = 4096


def read_pack(path: Path) -> Pack:
    """Read a pack. Raises BadInput, naming the file, where it is damaged, too large, of another version, or not what
    its manifest says; NothingToRead where there is no file."""
    if not path.is_file():
        raise NothingToRead(f"{path}: no such pack. Make one with `stillwatch provenance pack`.")
    if path.stat().st_size > LARGEST_FILE:
        raise BadInput(f"{path}: larger than {LARGEST_FILE // 2**20} MB, which no pack is.")
    try:
        with pq.ParquetFile(path, **_WARY) as file:
            manifest = manifest_of(path, file.schema_arrow.metadata)
            _check_head(path, file, manifest)
        # Texts stay numbered while they are read: a short file could otherwise unpack one long text a million times.
        with pq.ParquetFile(path, read_dictionary=list(COLUMNS), page_checksum_verification=True, **_WARY) as file:
            table = _table(path, file)
        table.validate(full=True)
    except (pa.ArrowException, OSError, OverflowError, UnicodeDecodeError, MemoryError) as error:
        kind = type(error).__name__
        raise BadInput(f"{path}: is damaged, or no Parquet file ({kind}). Fetch or build it again.") from None
    pack = Pack(manifest, _corpus(path, manifest, table))
    _check(path, pack)
    return pack


def _check_head(path: Path, file: pq.ParquetFile, manifest: Manifest) -> None:
    names, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    if names != COLUMNS or any(not _is_text(kind) for kind in file.schema_arrow.types):
        raise BadInput(f"{path}: a pack has the text columns {', '.join(COLUMNS)}, and no others. Build it again.")
    size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
    if rows > MOST_ROWS or len(manifest.entries) > MOST_MODELS or size > LARGEST_TEXT:
        raise BadInput(
            f"{path}: {rows:,} answers of {len(manifest.entries):,} models in {size // 2**20:,} MB; a pack has at most "
            f"{MOST_ROWS:,} of {MOST_MODELS} in {LARGEST_TEXT // 2**20:,} MB."
        )
    if rows != manifest.answers:
        raise BadInput(f"{path}: {rows:,} answers where its manifest says {manifest.answers:,}. Build it again.")


def _is_text(kind: pa.DataType) -> bool:
    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(held) or pa.types.is_large_string(held))


def _table(path: Path, file: pq.ParquetFile) -> pa.Table:
    batches, total = [], 0
    for batch in file.iter_batches(batch_size=_BATCH):
        columns = []
        for name in COLUMNS:
            column = batch.column(name)
            if column.null_count:
                raise BadInput(f"{path}: column {name} has an empty field. Build the pack again.")
            texts, places = column.dictionary, column.indices
            used = texts.take(pc.unique(places))
            if (pc.max(pc.utf8_length(used)).as_py() or 0) > _LONGEST[name]:
                raise BadInput(f"{path}: column {name} has a text of more than {_LONGEST[name]:,} characters.")
            total += pc.sum(pc.binary_length(texts).take(places)).as_py() or 0
            if total > LARGEST_TEXT:
                raise BadInput(f"{path}: more than {LARGEST_TEXT // 2**20:,} MB of text, which no pack has.")
            columns.append(column.cast(pa.large_string()))
        batches.append(pa.record_batch(columns, names=list(COLUMNS)))
    return pa.Table.from_batches(batches, pa.schema([(name, pa.large_string()) for name in COLUMNS]))


def _corpus(path: Path, manifest: Manifest, table: pa.Table) -> Corpus:
    models, model_of = np.unique(table["model"].to_numpy().astype(str), return_inverse=True)
    prompts, first, prompt_of = np.unique(
        table["prompt_id"].to_numpy().astype(str), return_index=True, return_inverse=True
    )
    key = model_of.astype(np.int64) * max(1, len(prompts)) + prompt_of
    if len(np.unique(key)) < len(key):
        raise BadInput(f"{path}: two answers of one model to one question. Build the pack again.")
    return Corpus(
        manifest.name, tuple(map(str, models)), tuple(map(str, prompts)),
        tuple(table["prompt"].take(pa.array(first)).to_pylist()), model_of.astype(np.int32),
        prompt_of.astype(np.int32), table["output"].combine_chunks(),
    )  # fmt: skip


def _check(path: Path, pack: Pack) -> None:
    """The manifest tells the truth about the rows. It cannot be checked that a model said what the rows say."""
    manifest, corpus = pack.manifest, pack.corpus
    counts = dict(zip(corpus.models, np.bincount(corpus.model_of, minlength=len(corpus.models)).tolist(), strict=True))
    told = {entry.model: entry.answers for entry in manifest.entries}
    if counts != told or len(told) != len(manifest.entries) or manifest.probes != len(corpus.prompts):
        raise BadInput(f"{path}: its manifest does not list the models and questions it holds. Build the pack again.")
    if any(
        entry.kind not in CONTROL_KINDS or not entry.family or not entry.provider or
        max(map(len, (entry.model, entry.family, entry.provider))) > LONGEST_NAME
        for entry in manifest.entries
    ):  # fmt: skip
        raise BadInput(f"{path}: a model without family or provider, or of a kind that is no control. Build it again.")
    if manifest.probes_sha256 != probes_hash(corpus):
        raise BadInput(f"{path}: its questions are not those that its manifest was made for. Build the pack again.")
