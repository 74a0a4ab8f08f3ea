"""A scheme and a policy as one thing that marks: a batch of next-token logits in, the same logits marked out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.prf import key_halves
from stillwatch.provenance.watermark.samplers.contexts import batch_contexts
from stillwatch.provenance.watermark.samplers.green_list import favour_green
from stillwatch.provenance.watermark.samplers.gumbel import draw, keep_drawn
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.schemes.gumbel import Gumbel
from stillwatch.provenance.watermark.schemes.kgw import Kgw, green_below
from stillwatch.provenance.watermark.schemes.scheme import Scheme

__all__ = ["Marker", "key_rows"]


class Marker:
    """Marks as `scheme` scores: what it writes has the values that `scheme.values` gives it under the same key."""

    def __init__(self, scheme: Scheme, policy: Policy | None = None) -> None:
        if not isinstance(scheme, Kgw | Gumbel):
            raise BadSettings(f"scheme {scheme.name!r} is marked by its own engine; kgw and gumbel have samplers here.")
        self.scheme: Kgw | Gumbel = scheme
        self.policy = policy or Policy()
        self.once = isinstance(scheme, Gumbel) if self.policy.once is None else self.policy.once

    def mark(
        self,
        scores: NDArray[np.float32],
        tokens: NDArray[np.int64],
        keys: NDArray[np.uint64],
        may: NDArray[np.bool_] | None = None,
        starts: NDArray[np.int64] | None = None,
        begin: int = 0,
    ) -> NDArray[np.bool_]:
        """Marks `scores`, contiguous float32[rows, vocabulary], in place; says which rows it marked.

        `tokens` int64[rows, length] precede the token to be drawn; in row r those before column `starts[r]` are padding
        and those from `begin` on are the answer. `keys` uint64[rows, 2] as `key_rows` makes them; rows that `may` not
        are left alone. Gumbel leaves one finite logit in a marked row: whoever samples next has no choice.
        """
        if starts is None:
            starts = np.zeros(len(tokens), np.int64)
        contexts, fresh = batch_contexts(tokens, starts, begin, self.scheme.width, self.once)
        return self.mark_after(scores, contexts, fresh if may is None else fresh & may, keys)

    def mark_after(
        self,
        scores: NDArray[np.float32],
        contexts: NDArray[np.uint64],
        may: NDArray[np.bool_],
        keys: NDArray[np.uint64],
    ) -> NDArray[np.bool_]:
        """The same where the contexts are hashed already: uint64[rows]."""
        policy = self.policy
        if isinstance(self.scheme, Kgw):
            below, delta = green_below(self.scheme.gamma), np.float32(policy.delta)
            return np.asarray(favour_green(scores, contexts, may, keys, below, delta, policy.low_entropy))
        drawn = draw(scores, contexts, may, keys, policy.low_entropy, policy.top)
        keep_drawn(scores, drawn)
        return np.asarray(drawn >= 0)


def key_rows(keys: bytes | Sequence[bytes | None], rows: int) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Halves uint64[rows, 2] and has-a-key bool[rows]. One key serves every row; of several, each serves as many rows
    in a row as there are answers to one prompt. None: that row is not marked."""
    given = [keys] if isinstance(keys, bytes) else list(keys)
    if not given or rows % len(given):
        raise BadSettings(f"{len(given)} keys do not fit {rows} rows. Give one key, or one for each prompt.")
    both = key_halves(given)
    has = np.array([key is not None for key in given])
    return np.repeat(both, rows // len(given), axis=0), np.repeat(has, rows // len(given))
