"""A reference pack: the answers of models whose making is known, in one file, read with suspicion.

A pack is one Parquet file: a row an answer, and a manifest as JSON in its metadata. It holds the answers, not features
of them: how much a word weighs depends on every model beside it, the suspect among them, and the counted features of a
text take more room than the text. Nothing in it is run, unpacked or named after a path.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch import __version__
from stillwatch.errors import BadInput, StillwatchError
from stillwatch.provenance.fingerprint.coverage import COVERAGE
from stillwatch.provenance.fingerprint.innocents import FEWEST_FAMILIES, FEWEST_MODELS
from stillwatch.provenance.fingerprint.lineage import CONTROL_KINDS, Lineage
from stillwatch.provenance.fingerprint.outputs import Corpus

__all__ = ["VERSION", "Entry", "Manifest", "Pack", "build_pack", "manifest_of", "probes_hash", "set_hash", "write_pack"]

VERSION = 1
KEY = b"stillwatch.pack"
LONGEST_ANSWER = 20_000  # characters kept of one answer


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One model of a pack."""

    model: str
    family: str
    provider: str
    kind: str
    answers: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a pack holds. `probes_sha256` is over its questions, sorted; `set_sha256` is the commitment of the probe set
    they came from, where the answers carried one. `left_out` is {model: why}."""

    version: int
    made_with: str
    name: str
    probes: int
    probes_sha256: str
    set_sha256: str | None
    answers: int
    entries: tuple[Entry, ...]
    left_out: dict[str, str]

    @property
    def families(self) -> int:
        return len({entry.family for entry in self.entries})

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(sorted({entry.provider for entry in self.entries}))

    def lineage(self) -> Lineage:
        return Lineage({("", one.model): (one.family, one.provider, one.kind) for one in self.entries})

    def cannot_be_judged(self) -> dict[str, str]:
        """{provider: what is missing} of those that have too few controls of other providers beside them."""
        found = {}
        for provider in self.providers:
            others = [entry for entry in self.entries if entry.provider != provider]
            families = len({entry.family for entry in others})
            if len(others) < FEWEST_MODELS or families < FEWEST_FAMILIES:
                found[provider] = f"{len(others)} models in {families} families of other providers"
        return found


@dataclass(frozen=True)
class Pack:
    """A manifest and the answers it tells of."""

    manifest: Manifest
    corpus: Corpus


def build_pack(corpus: Corpus, lineage: Lineage, *, set_sha256: str | None = None) -> Pack:
    """Of a benchmark, the controls: models that are native or human by the lineage and answered nearly every question.

    Students, derived and undeclared models are left out: nobody can be innocent of an unknown teacher. Raises BadInput
    where no provider could be judged with what is left.
    """
    if not lineage.declared:
        raise BadInput("A pack needs the lineage of its models. Give it with --lineage.")
    rows = [lineage.rows.get((corpus.benchmark, m)) or lineage.rows.get(("", m)) for m in corpus.models]
    counts = np.bincount(corpus.model_of, minlength=len(corpus.models))
    left_out, kept = {}, []
    for place, (model, row) in enumerate(zip(corpus.models, rows, strict=True)):
        if row is None:
            left_out[model] = "not in the lineage"
        elif row[2] not in CONTROL_KINDS:
            left_out[model] = f"kind is {row[2] or 'unknown'}, and only {' and '.join(CONTROL_KINDS)} can be controls"
        elif counts[place] < COVERAGE * len(corpus.prompts):
            left_out[model] = f"answered {counts[place]} of {len(corpus.prompts)} questions"
        else:
            kept.append(Entry(
                model=model, family=row[0] or model, provider=row[1] or f"({model})", kind=row[2],
                answers=int(counts[place]),
            ))  # fmt: skip
    part = _only(corpus, {entry.model for entry in kept})
    manifest = Manifest(
        version=VERSION, made_with=__version__, name=corpus.benchmark, probes=len(part.prompts),
        probes_sha256=probes_hash(part), set_sha256=set_sha256, answers=len(part.texts), entries=tuple(kept),
        left_out=left_out,
    )  # fmt: skip
    missing = manifest.cannot_be_judged()
    if len(missing) == len(manifest.providers):
        have = max(missing.values(), default="none", key=len)
        raise BadInput(
            f"benchmark {corpus.benchmark}: no provider could be judged by these models: {FEWEST_MODELS} control "
            f"models in {FEWEST_FAMILIES} families of other providers are needed ({have} at hand; {len(left_out)} "
            "models left out). Ask more models, or declare their kind in the lineage."
        )
    return Pack(manifest, part)


def probes_hash(corpus: Corpus) -> str:
    """SHA-256 over the questions and their names, in order of name."""
    asked = sorted(zip(corpus.prompts, corpus.prompt_texts, strict=True))
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


def set_hash(path: Path) -> str | None:
    """The commitment of the probe set that a file of answers carries, where `probe` wrote it."""
    try:
        found = (pq.read_schema(path).metadata or {}).get(b"stillwatch.probes.sha256")
    except (pa.ArrowException, OSError):
        return None
    return found.decode("ascii", "replace")[:64] if found else None


def write_pack(path: Path, pack: Pack) -> None:
    """Write one file, whole or not at all. Raises StillwatchError where it cannot be written."""
    corpus = pack.corpus
    texts = pc.utf8_slice_codeunits(corpus.texts.cast(pa.large_string()), 0, LONGEST_ANSWER)
    table = pa.table(
        {
            "prompt_id": pa.array(corpus.prompts).take(pa.array(corpus.prompt_of)),
            "prompt": pa.array(corpus.prompt_texts, pa.large_string()).take(pa.array(corpus.prompt_of)),
            "model": pa.array(corpus.models).take(pa.array(corpus.model_of)),
            "output": texts,
        }
    ).replace_schema_metadata({KEY: msgspec.json.encode(pack.manifest)})
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".pack-", suffix=".parquet")
        os.close(handle)
        try:
            pq.write_table(table, name, compression="zstd", row_group_size=50_000, write_page_checksum=True)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StillwatchError(f"{path}: the pack cannot be written ({error.strerror}). Choose another --out.") from None


def manifest_of(path: Path, metadata: Mapping[bytes, bytes] | None) -> Manifest:
    """The manifest in a file's metadata. Raises BadInput where it is none, or of another version."""
    text = (metadata or {}).get(KEY)
    if text is None:
        raise BadInput(f"{path}: is no reference pack. Make one with `stillwatch provenance pack`.")
    try:
        if (version := msgspec.json.decode(text, type=_Version).version) != VERSION:
            raise BadInput(f"{path}: a pack of version {version}, and this Stillwatch reads {VERSION}. Build it again.")
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: its manifest cannot be read ({type(error).__name__}). Build the pack again.") from None


class _Version(msgspec.Struct):
    version: int


def _only(corpus: Corpus, models: set[str]) -> Corpus:
    """Some models, and the questions that any of them answered."""
    chosen = np.array([model in models for model in corpus.models], bool)
    keep = chosen[corpus.model_of]
    place = np.cumsum(chosen) - 1
    part = Corpus(
        corpus.benchmark, tuple(m for m in corpus.models if m in models), corpus.prompts, corpus.prompt_texts,
        place[corpus.model_of[keep]].astype(np.int32), corpus.prompt_of[keep], corpus.texts.filter(pa.array(keep)),
    )  # fmt: skip
    return part.restricted(np.asarray(part.answered().any(axis=0), bool))
