"""Probe sets as files: written as JSON Lines, read from that or from a user's own JSONL, CSV or Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.probing.files import replace_file
from stillwatch.provenance.probing.published import short, standard
from stillwatch.provenance.probing.questions import Half, Probe, ProbeSet, commitment, encoded, prompt_id_of

__all__ = ["LONGEST_PROMPT", "MOST_PROBES", "MOST_REPEATS", "SHORTEST_SECRET", "read_secret", "read_set", "write_set"]

LONGEST_PROMPT = 32_000  # characters
MOST_PROBES = 5_000
MOST_REPEATS = 100
SHORTEST_SECRET = 16  # bytes: below, the secret half could be found by trying secrets
LARGEST_FILE = 256 * 2**20  # bytes
_HALVES: dict[str, Half] = {"published": "published", "secret": "secret"}


def write_set(path: Path, probes: Iterable[Probe]) -> str:
    """Writes the set and returns its SHA-256, which is also that of the file's bytes."""
    kept = tuple(probes)
    replace_file(path, encoded(kept))
    return commitment(kept)


def read_secret(path: Path) -> bytes:
    """The secret of a case: all bytes of the file but line ends at its end. The message never holds any of them."""
    remedy = f"Make one and keep it to yourself: head -c 32 /dev/urandom > {path}"
    if not path.is_file():
        raise NothingToRead(f"{path}: no such secret file. {remedy}")
    secret = path.read_bytes().rstrip(b"\r\n")
    if len(secret) < SHORTEST_SECRET:
        raise BadSettings(f"{path}: the secret has fewer than {SHORTEST_SECRET} bytes. {remedy}")
    return secret


def read_set(name: str) -> ProbeSet:
    """`standard`, `short`, or a file. A file's set is called after its hash alone: the same questions meet under one
    name whatever their file is called, and two sets never mix."""
    if name in ("standard", "short"):
        return standard() if name == "standard" else short()
    path = Path(name)
    if not path.is_file():
        raise NothingToRead(f"{path}: no such probe set. Give standard, short, or a JSONL, CSV or Parquet file.")
    if path.stat().st_size > LARGEST_FILE:
        raise BadInput(f"{path}: larger than {LARGEST_FILE // 2**20} MB, which no probe set is.")
    rows = _reader(path)(path)
    probes = tuple(_probe(path, number, row) for number, row in enumerate(rows, start=1))
    _check(path, probes)
    shipped = next((kept for kept in (standard(), short()) if kept.probes == probes), None)
    return shipped or ProbeSet(name=f"probes-{commitment(probes)[:8]}", probes=probes)


def _probe(path: Path, number: int, row: Mapping[str, Any]) -> Probe:
    prompt = row.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip() or len(prompt) > LONGEST_PROMPT:
        raise BadInput(f"{path}: row {number}: `prompt` must be text of 1 to {LONGEST_PROMPT:,} characters.")
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise BadInput(f"{path}: row {number}: `prompt` holds half a character (a lone surrogate).") from None
    repeat = row.get("repeat")
    repeat = 1 if repeat in (None, "") else repeat
    if isinstance(repeat, str) and repeat.isascii() and repeat.isdigit():
        repeat = int(repeat[:9])
    if isinstance(repeat, bool) or not isinstance(repeat, int) or not 1 <= repeat <= MOST_REPEATS:
        raise BadInput(f"{path}: row {number}: `repeat` must be a whole number from 1 to {MOST_REPEATS}.")
    stratum = str(row.get("stratum") or "own")[:80]
    given = row.get("prompt_id")  # 0 is a name as well: row numbers begin with it
    identity = prompt_id_of(stratum, prompt) if given in (None, "") else str(given)[:200]
    half = _HALVES.get(str(row.get("half")), "own")
    return Probe(prompt_id=identity, stratum=stratum, half=half, prompt=prompt, repeat=repeat)


def _check(path: Path, probes: tuple[Probe, ...]) -> None:
    if not probes:
        raise NothingToRead(f"{path}: holds no probe.")
    if len(probes) > MOST_PROBES:
        raise BadInput(f"{path}: {len(probes):,} probes; no model is asked more than {MOST_PROBES:,}.")
    seen: dict[str, int] = {}
    for number, probe in enumerate(probes, start=1):
        if probe.prompt_id in seen:
            raise BadInput(f"{path}: rows {seen[probe.prompt_id]} and {number} have one prompt_id. Each needs its own.")
        seen[probe.prompt_id] = number


def _read_lines(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(msgspec.json.decode(line, type=dict[str, Any]))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BadInput(f"{path}: line {number} is no JSON object. One probe a line, with a `prompt`.") from None
    return rows


def _read_csv(path: Path) -> list[dict[str, Any]]:
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return [{str(name): value for name, value in row.items()} for row in csv.DictReader(lines, strict=True)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not a CSV in UTF-8 with a head line ({type(error).__name__}).") from None


def _read_parquet(path: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        known = [
            name for name in ("prompt_id", "prompt", "stratum", "half", "repeat") if name in file.schema_arrow.names
        ]
        if file.metadata.num_rows > MOST_PROBES:
            raise BadInput(f"{path}: {file.metadata.num_rows:,} rows; no model is asked more than {MOST_PROBES:,}.")
        rows: list[dict[str, Any]] = file.read(columns=known).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: not a Parquet file that can be read ({type(error).__name__}).") from None
    return rows


def _reader(path: Path) -> Callable[[Path], list[dict[str, Any]]]:
    """By what the file holds, whatever it is called: `probes --out set.csv` writes JSON Lines."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(b"PAR1"):
        return _read_parquet
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return _read_lines
    return {".csv": _read_csv, ".parquet": _read_parquet}.get(path.suffix.lower(), _read_lines)
