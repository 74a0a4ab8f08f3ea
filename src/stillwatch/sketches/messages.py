"""The turns of a logged conversation: what the user said before the last message."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.sketches.bits import chain, seal
from stillwatch.sketches.buffers import text_of
from stillwatch.sketches.keys import Constants

__all__ = ["Turns", "conversation_hashes", "user_turns"]


class _Part(msgspec.Struct):
    text: str | None = None


class _Message(msgspec.Struct):
    role: str | None = None
    content: str | list[_Part | str] | None = None


_DECODER = msgspec.json.Decoder(list[_Message])
_USER = {"user", "human"}


@dataclass(frozen=True, slots=True)
class Turns:
    """All user turns of the rows that were parsed. Row rows[k] has the texts first[k] … first[k + 1] - 1."""

    rows: NDArray[np.int64]
    first: NDArray[np.int64]
    texts: pa.Array  # large_binary: UTF-8, also of unpaired surrogates

    def groups(self) -> NDArray[np.int64]:
        """For each text, the parsed row it is an earlier turn of; -1 for each row's last turn."""
        groups = np.repeat(np.arange(len(self.rows), dtype=np.int64), np.diff(self.first))
        groups[self.first[1:] - 1] = -1
        return groups


def _said(content: str | list[_Part | str] | None) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part if isinstance(part, str) else part.text or "" for part in content or ())


def user_turns(messages: pa.Array | pa.ChunkedArray, wanted: NDArray[np.bool_]) -> Turns:
    """Parse `messages` where `wanted`. A row that is not a JSON list of messages, or has no user turn, is left out."""
    text = text_of(messages)
    raw = text.data.data
    rows: list[int] = []
    first = [0]
    texts: list[str] = []
    for row in np.flatnonzero(wanted & text.valid).tolist():
        try:
            said = [
                _said(message.content)
                for message in _DECODER.decode(raw[text.offsets[row] : text.offsets[row + 1]])
                if message.role in _USER
            ]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if said:
            rows.append(row)
            texts.extend(said)
            first.append(len(texts))
    encoded = [turn.encode("utf-8", "surrogatepass") for turn in texts]
    return Turns(np.array(rows, np.int64), np.array(first, np.int64), pa.array(encoded, pa.large_binary()))


@numba.njit(cache=True, nogil=True)
def _conversations(folded, first, start, key, kind, prefix, whole):  # type: ignore[no-untyped-def]
    for k in range(len(whole)):
        h = start
        for turn in range(first[k], first[k + 1]):
            if turn + 1 == first[k + 1]:
                prefix[k] = seal(key, kind, h)
            h = chain(h, folded[turn])
        whole[k] = seal(key, kind, h)


def conversation_hashes(
    folded: NDArray[np.uint64], first: NDArray[np.int64], fixed: Constants, kind: np.uint64
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """(prefix, whole) of each run of turns: all but the last, and all. A whole equals the next turn's prefix."""
    prefix, whole = np.zeros(len(first) - 1, np.uint64), np.zeros(len(first) - 1, np.uint64)
    _conversations(folded, first, fixed.start, fixed.seal, kind, prefix, whole)
    return prefix, whole
