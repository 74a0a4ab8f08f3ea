"""The samplers in torch operations alone, for logits that lie on a GPU: the same keyed numbers, bit for bit.

torch has no unsigned 64-bit arithmetic; signed products wrap to the same bits, and shifts are masked. Nothing here
waits for the device. On a CPU the compiled kernels are many times quicker.
"""

from __future__ import annotations

import torch

from stillwatch.provenance.watermark.prf import GOLDEN

__all__ = ["draw_on_device", "entropy_on_device", "favour_green_on_device", "hash_on_device", "signed", "truncated"]

_COLUMNS = 16_384
"""Vocabulary entries hashed at once: bounds what is held beside the logits to some arrays of rows x this x 8 bytes."""


def signed(x: int) -> int:
    """A 64-bit number as torch holds it."""
    x &= 0xFFFFFFFFFFFFFFFF
    return x - (1 << 64) if x >> 63 else x


_GOLDEN = signed(int(GOLDEN))
_C1, _C2 = signed(0xBF58476D1CE4E5B9), signed(0x94D049BB133111EB)
_LOWEST = -(1 << 63)


def _shifted(x: torch.Tensor, bits: int) -> torch.Tensor:
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def _finished(x: torch.Tensor) -> torch.Tensor:
    x = (x ^ _shifted(x, 30)) * _C1
    x = (x ^ _shifted(x, 27)) * _C2
    return x ^ _shifted(x, 31)


def _mixed(pairs: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    return _finished(_finished(pairs ^ keys[:, :1]) ^ keys[:, 1:])


def _bits(contexts: torch.Tensor, keys: torch.Tensor, begin: int, end: int) -> torch.Tensor:
    counter = torch.arange(begin + 1, end + 1, device=contexts.device) * _GOLDEN
    return _mixed(contexts[:, None] + counter, keys)


def hash_on_device(windows: torch.Tensor) -> torch.Tensor:
    """`prf.context_hash` of each row of int64[rows, width]."""
    width = windows.shape[1]
    h = _finished(torch.full((len(windows),), signed(int(GOLDEN) * (width + 1)), device=windows.device))
    for j in range(width):
        h = _finished(h ^ ((windows[:, j] + 1) * _GOLDEN))
    return h


def entropy_on_device(scores: torch.Tensor) -> torch.Tensor:
    """Of softmax of each row, in nats."""
    return torch.special.entr(torch.softmax(scores, -1)).sum(-1)


def favour_green_on_device(
    scores: torch.Tensor,
    contexts: torch.Tensor,
    may: torch.Tensor,
    keys: torch.Tensor,
    below: int,
    delta: float,
    low_entropy: float,
) -> torch.Tensor:
    """`green_list.favour_green` with int64 contexts [rows] and keys [rows, 2]; in place."""
    if low_entropy > 0:
        may = may & (entropy_on_device(scores) >= low_entropy)
    gain = torch.where(may, delta, 0.0).to(scores.dtype)[:, None]
    for begin in range(0, scores.shape[1], _COLUMNS):
        end = min(begin + _COLUMNS, scores.shape[1])
        green = (_bits(contexts, keys, begin, end) ^ _LOWEST) < signed(below ^ (1 << 63))
        scores[:, begin:end] += gain * green
    return may


def draw_on_device(
    scores: torch.Tensor, contexts: torch.Tensor, may: torch.Tensor, keys: torch.Tensor, low_entropy: float, top: int
) -> torch.Tensor:
    """`gumbel.draw` and `gumbel.keep_drawn`, in place; says which rows were marked."""
    may = may & torch.isfinite(scores.amax(-1))
    if low_entropy > 0:
        may = may & (entropy_on_device(scores) >= low_entropy)
    floor = torch.full((len(scores), 1), -torch.inf, dtype=scores.dtype, device=scores.device)
    if 0 < top < scores.shape[1]:
        floor = torch.topk(scores, top, -1).values[:, -1:]
    best = torch.full((len(scores),), -torch.inf, dtype=torch.float64, device=scores.device)
    token = torch.zeros(len(scores), dtype=torch.int64, device=scores.device)
    for begin in range(0, scores.shape[1], _COLUMNS):
        block = scores[:, begin : begin + _COLUMNS]
        bits = _bits(contexts, keys, begin, begin + block.shape[1])
        u = (_shifted(bits, 11).to(torch.float64) + 0.5) * 2.0**-53
        score = torch.where(block >= floor, block, -torch.inf).to(torch.float64) - torch.log(-torch.log(u))
        value, at = score.max(-1)
        token = torch.where(value > best, at + begin, token)
        best = torch.maximum(best, value)
    kept = torch.full_like(scores, -torch.inf).scatter_(1, token[:, None], 0.0)
    scores.copy_(torch.where(may[:, None], kept, scores))
    return may


def truncated(
    scores: torch.Tensor, top_k: torch.Tensor | None, top_p: torch.Tensor | None, min_p: torch.Tensor | None
) -> torch.Tensor:
    """New scores with what a request rules out at -inf: min-p first, then top-k, then top-p of what remains, as vLLM
    does. Each is a number a row ([rows]); top_k 0 or less and top_p 1 rule out nothing, the likeliest token stays."""
    if min_p is not None:
        scores = torch.where(scores < scores.amax(-1, True) + torch.log(min_p)[:, None], -torch.inf, scores)
    if top_k is None and top_p is None:
        return scores
    values, order = torch.sort(scores, dim=-1, descending=True, stable=True)
    if top_k is not None:
        last = torch.where(top_k > 0, top_k, values.shape[1]).clamp(max=values.shape[1]).long() - 1
        values = torch.where(values < values.gather(1, last[:, None]), -torch.inf, values)
    if top_p is not None:
        chances = torch.softmax(values, -1)
        before = chances.cumsum(-1) - chances
        out = before >= top_p[:, None]
        out[:, 0] = False
        values = torch.where(out & (top_p < 1.0)[:, None], -torch.inf, values)
    return torch.full_like(scores, -torch.inf).scatter_(1, order, values)
