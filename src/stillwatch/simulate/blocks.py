"""Sealed reasoning blocks: each answer that thought comes with one, and a client may send it back with the next turn.

In the log a block is the `signature` of an assistant's part of type `thinking` in `messages`, and the `reasoning` of
the exchange that it was issued with. Honest clients present blocks of their own conversation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.simulate.events import Events
from stillwatch.simulate.keys import Keys, below, hexadecimal, mix, unit

__all__ = ["REPLAY_REACH", "block_texts", "issued", "quote", "replayed", "replays", "thought"]

REPLAY_REACH = 200  # how many places back in the pool a replayed block may come from
_TWO = "0f5c"  # version and cipher suite, as the first bytes of any sealed block


def thought(events: Events, share: npt.NDArray[np.float32], turn: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which answers of the given turns came with reasoning: the same for every later turn that looks back."""
    result: npt.NDArray[np.bool_] = unit(mix(events.session, turn, 159)) < share
    return result


def replays(events: Events, rows: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which requests present a block that was issued to somebody else."""
    first = (events.turn == 0) & (events.pool > REPLAY_REACH)
    result: npt.NDArray[np.bool_] = first & (unit(mix(events.session, 157)) < rows["replay"])
    return result


def issued(events: Events, rows: npt.NDArray[Any], turn: npt.NDArray[np.int64]) -> Keys:
    """The block of the answer to the given turn: of the pool's place in a campaign, else of the conversation."""
    dealt = (events.pool >= 0) & (rows["replay"] > 0)
    return np.where(dealt, mix(rows["template"], 161, events.pool, turn), mix(events.session, 163, turn))


def replayed(events: Events, rows: npt.NDArray[Any]) -> Keys:
    """For requests that replay: the block of an earlier place of the pool, answered to another member as a rule."""
    place = events.pool - 1 - below(mix(events.session, 165), REPLAY_REACH)
    return mix(rows["template"], 161, place, np.zeros(len(place), dtype=np.int64))


def block_texts(keys: Keys) -> pa.Array:
    """Blocks as text, four and three times sixteen characters."""
    pieces = [hexadecimal(mix(keys, number)) for number in (1, 2, 3)]
    return pc.binary_join_element_wise(pa.scalar(_TWO), *pieces, "")


def quote(reply: pa.Array, keys: Keys, shown: npt.NDArray[np.bool_]) -> pa.Array:
    """An assistant's message as JSON, with the block where `shown`; `reply` is escaped already."""
    bare = pc.binary_join_element_wise('{"role":"assistant","content":"', reply, '"}', "")
    if not shown.any():
        return bare
    whole = pc.binary_join_element_wise(
        '{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"', block_texts(keys),
        '"},{"type":"text","text":"', reply, '"}]}', "",
    )  # fmt: skip
    return pc.if_else(pa.array(shown), whole, bare)
