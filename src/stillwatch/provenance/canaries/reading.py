"""Answers as words, for the wording channel and for canaries: no tokenizer, the files of every watermark command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.watermark.text.reading import read_rows

__all__ = ["Answers", "read_answers"]


@dataclass(frozen=True)
class Answers:
    """`texts` were written by the suspect; `prompts` ("" where unknown) were not. `files` are (path, SHA-256)."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    prompts: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def words(self) -> int:
        return sum(len(text.split()) for text in self.texts)


def read_answers(paths: Sequence[Path], progress: Callable[[str, float], None] | None = None) -> Answers:
    """JSON Lines or Parquet with `text` (or `output`) and, if known, `prompt`; plain text is one answer.

    Raises BadInput naming file and line, NothingToRead where no answer has a word.
    """
    rows, hashes = read_rows(paths, progress)
    wordless = next((row for row in rows if row.text is None), None)
    if wordless is not None:
        raise BadInput(f"{wordless.place}: has no `text`. Wording and canaries are read in words, not in tokens.")
    kept = [row for row in rows if (row.text or "").strip()]
    if not kept:
        raise NothingToRead(f"{', '.join(map(str, paths))}: no answer with any word in it.")
    empty = len(rows) - len(kept)
    return Answers(
        tuple(row.name for row in kept), tuple(row.text or "" for row in kept),
        tuple(row.prompt or "" for row in kept), tuple(hashes), (("empty answer", empty),) if empty else (),
    )  # fmt: skip
