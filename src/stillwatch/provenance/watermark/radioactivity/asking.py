"""Answers of a suspect behind an address: sampled by the prober, kept with their hashes, asked once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.errors import BadSettings, NothingToRead, StillwatchError
from stillwatch.provenance import probing
from stillwatch.provenance.probing.pace import Clock

__all__ = ["Asking", "Sampled", "is_address", "sample_answers"]

NAME = "suspect"
_KEPT = ("prompt_id", "prompt", "output", "sha256")


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How the suspect is asked. `prompts`: a JSONL, CSV or Parquet file with `prompt`, each asked `samples` times.
    `price` is (in, out) per million tokens; `max_cost` needs it. No flag asks a model more than the prober's cap."""

    prompts: Path
    samples: int = 1
    key_env: str | None = None
    price: tuple[float, float] | None = None
    max_cost: float | None = None
    max_tokens: int = 1024
    temperature: float | None = None
    per_minute: float = 60.0
    concurrency: int = 4
    seconds: float = 120.0


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """`path`: Parquet of id, prompt, output, sha256. `missing` questions failed, were not asked, or got no word."""

    path: Path
    missing: int


def is_address(source: str) -> bool:
    """`URL#MODEL`, as for `provenance probe`, and no file."""
    return "://" in source.partition("#")[0]


def sample_answers(
    source: str, asking: Asking, folder: Path, *, clock: Clock | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Sampled:  # fmt: skip
    """Asks what is not answered yet; the answers are kept in `folder`, beside the journal. Where `max_cost` ends it,
    what was answered is all there is.

    Raises StillwatchError where the suspect stopped answering: what it said is kept, and the same command goes on.
    """
    price = None if asking.price is None else probing.Price(tokens_in=asking.price[0], tokens_out=asking.price[1])
    target = probing.parse_target(
        f"{NAME}={source}", price=price, key_env=asking.key_env, per_minute=asking.per_minute,
        concurrency=asking.concurrency,
        decoding=probing.Decoding(temperature=asking.temperature, max_tokens=asking.max_tokens),
    )  # fmt: skip
    targets = probing.changed([target], prices={}, key_envs={}, questions={})
    asked = probing.read_set(str(asking.prompts))
    if asking.samples > 1:
        again = tuple(msgspec.structs.replace(probe, repeat=asking.samples) for probe in asked.probes)
        asked = probing.ProbeSet(name=asked.name, probes=again)
    whole = folder / "suspect.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        done = probing.probe(
            targets, asked, whole, max_cost=asking.max_cost, seconds=asking.seconds, clock=clock, progress=progress
        )
    except OSError as error:
        raise BadSettings(f"{folder}: cannot be written ({error.strerror}). Choose another --out.") from None
    closed = done.targets[0].closed
    if closed is not None and "--max-cost" not in closed:
        raise StillwatchError(f"{source.partition('#')[2]}: {closed.rstrip('.')}. The rest is kept; run it again.")
    path, said = _said(whole)
    questions = sum(max(1, probe.repeat) for probe in asked.probes)
    return Sampled(path=path, missing=questions - said)


def _said(whole: Path) -> tuple[Path, int]:
    """The rows that hold an answer, and how many: failures are no texts."""
    table = pq.read_table(whole, columns=list(_KEPT))
    said = table.filter(pa.compute.greater(pa.compute.utf8_length(table["output"]), 0))
    if not said.num_rows:
        raise NothingToRead(f"{whole}: the suspect answered nothing. Look at the column `status` there.")
    path = whole.with_name("suspect-answers.parquet")
    pq.write_table(said.rename_columns(["id", *_KEPT[1:]]), path, compression="zstd")
    return path, said.num_rows
