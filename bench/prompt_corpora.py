"""Prompts for bench/window.py: the shared corpora, as the lake holds them and as counts of words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp

from stillwatch.signals.windows import Prompts
from stillwatch.sketches import sketch
from word_vectors import word_counts

DATA = Path(__file__).parent.parent.parent / "shared" / "data"


@dataclass(frozen=True)
class Corpus:
    """Prompts as the lake holds them, and as counts of words for the kernel test's embedding."""

    prompts: Prompts
    words: sp.csr_matrix

    def take(self, rows: np.ndarray) -> Corpus:
        return Corpus(self.prompts.take(rows), self.words[rows])

    def __len__(self) -> int:
        return len(self.prompts)


def corpus(texts: list[str]) -> Corpus:
    """Through the same ingest as any log; rows without a word drop out."""
    some = [text for text in texts if any(character.isalnum() for character in text)]
    log = pa.table(
        {
            "ts": pa.array(np.arange(len(some)), pa.timestamp("us", "UTC")),
            "exchange_id": [str(place) for place in range(len(some))],
            "account_id": ["a"] * len(some),
            "prompt": some,
        }
    )
    lake = sketch(log, keep_text=False)
    keep = lake.column("content").is_valid().to_numpy()
    return Corpus(Prompts.from_lake(lake), word_counts(some)[np.flatnonzero(keep)])


def sources(label: str) -> dict[str, Corpus]:
    table = pq.read_table(DATA / "prompts" / f"{label}.parquet", columns=["text", "source"]).to_pydict()
    texts: dict[str, list[str]] = {}
    for text, source in zip(table["text"], table["source"], strict=True):
        texts.setdefault(source, []).append(text)
    return {source: corpus(some) for source, some in texts.items()}


def pairs() -> Iterator[tuple[str, Corpus, Corpus]]:
    for folder in sorted(path for path in (DATA / "pairs").iterdir() if path.is_dir()):
        normal, attacker = (
            corpus(pq.read_table(folder / f"{name}.parquet")["query"].to_pylist()) for name in ("normal", "attacker")
        )
        yield folder.name, normal, attacker


def joined(parts: list[Corpus]) -> Corpus:
    return Corpus(Prompts.join([part.prompts for part in parts]), sp.vstack([part.words for part in parts]).tocsr())
