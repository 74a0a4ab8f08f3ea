"""Drawing as the engines draw, on their own wire: for texts that their detectors must find, and for slow paths of
theirs.

All works on the truncated support: the tokens that top-k and top-p left, by their logits. Tokens outside it have
no chance in any scheme, so nothing is lost, and a vocabulary of 128,000 costs no more than one of 64. (Hugging
Face walks the whole vocabulary: for SynthID that is some forty times slower.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.schemes import HfKgw, HfSynthid, Scheme, SglangGumbel, VllmDualGumbel, VllmGumbel
from stillwatch.provenance.watermark.schemes.engine_keys import engine_key
from stillwatch.provenance.watermark.schemes.sglang_gumbel import BUDGET
from stillwatch.provenance.watermark.schemes.vllm_dual import both_keys
from stillwatch.provenance.watermark.schemes.vllm_gumbel import HISTORY, philox_uniforms

__all__ = ["WireWriter", "probabilities"]

Logits = NDArray[np.float32] | NDArray[np.float64]
Tokens = NDArray[np.int32]

_SYNTHID_HISTORY = 1024
_TRIED = 40
"""Candidates that Hugging Face tries under selfhash."""
_TINY = float(np.finfo(np.float32).tiny)


def probabilities(
    scheme: Scheme, logits: Logits, tokens: Tokens, context: Tokens, key: bytes, *, bias: float = 2.0
) -> NDArray[np.float64]:
    """What the engine draws from: float64[support], summing to 1; for Gumbel schemes all on one token.

    `logits` after temperature, `tokens` int32[support] their ids, `context` int32[width] with -1 where nothing stands.
    `bias` is Hugging Face KGW's. vllm-dual-gumbel: shares alpha and 1 - alpha on key B's and key A's token.
    """
    scores = np.asarray(logits, np.float64)
    windows = np.broadcast_to(np.asarray(context, np.int32), (len(tokens), len(context)))
    windows = np.ascontiguousarray(windows)
    if isinstance(scheme, VllmGumbel):
        return _one(_vllm_choice(scores, windows, tokens, engine_key(key)), len(tokens))
    if isinstance(scheme, VllmDualGumbel):
        first, second = (_vllm_choice(scores, windows, tokens, own) for own in both_keys(engine_key(key)))
        return (1 - scheme.alpha) * _one(first, len(tokens)) + scheme.alpha * _one(second, len(tokens))
    plain = _softmax(scores)
    if isinstance(scheme, SglangGumbel):
        with np.errstate(divide="ignore"):
            chances = np.log(scheme.uniforms(windows, tokens, key)) / plain
        return _one(int(np.argmax(chances)), len(tokens))
    if isinstance(scheme, HfSynthid):
        g = scheme.g_values(windows, tokens, key)
        for layer in g.T:
            plain = plain * (1 + layer - float(layer @ plain))
        return plain
    if isinstance(scheme, HfKgw):
        return _softmax(scores + bias * _hf_greens(scheme, scores, windows, tokens, key))
    raise BadSettings(f"{scheme.name} is no engine's scheme: draw with samplers.green_list or samplers.gumbel.")


@dataclass
class WireWriter:
    """One answer under way. `next` draws a token as the engine would: from its context, and freely where the
    context is too short, has come before, or the answer's budget of marked contexts is spent. `key` shows in no
    repr."""

    scheme: Scheme
    key: bytes = field(repr=False)
    random: np.random.Generator
    prompt: tuple[int, ...] = ()
    bias: float = 2.0
    written: list[int] = field(default_factory=list)
    _seen: dict[tuple[int, ...], int] = field(default_factory=dict, repr=False)

    def next(self, logits: Logits, tokens: Tokens) -> int:
        context = self._context()
        if context is None or self._passed_over(context):
            chances = _softmax(np.asarray(logits, np.float64))
        else:
            marked = np.asarray(context, np.int32)
            chances = probabilities(self.scheme, logits, tokens, marked, self.key, bias=self.bias)
        below = np.cumsum(chances)
        place = int(np.searchsorted(below, self.random.random() * below[-1], "right"))
        token = int(tokens[min(place, len(tokens) - 1)])
        self.written.append(token)
        return token

    def _context(self) -> tuple[int, ...] | None:
        """The tokens before, -1 for those missing; None where the engine does not mark so near the beginning."""
        width, own = self.scheme.width, tuple(self.written)
        if isinstance(self.scheme, SglangGumbel | HfKgw):
            own = (*self.prompt, *own)
            needed = width if isinstance(self.scheme, HfKgw) else 1
            if len(own) < needed:
                return None
        return (*(-1,) * (width - len(own)), *own[len(own) - min(width, len(own)) :])

    def _passed_over(self, context: tuple[int, ...]) -> bool:
        at = len(self.written)
        if isinstance(self.scheme, HfKgw):
            return False
        last = self._seen.get(context)
        if isinstance(self.scheme, SglangGumbel):
            if last is None and len(self._seen) < BUDGET:
                self._seen[context] = at
                return False
            return True
        self._seen[context] = at
        history = _SYNTHID_HISTORY if isinstance(self.scheme, HfSynthid) else HISTORY
        return last is not None and at - last <= history


def _vllm_choice(scores: NDArray[np.float64], windows: NDArray[np.int32], tokens: Tokens, key: int) -> int:
    uniforms = np.maximum(philox_uniforms(windows, tokens, key), _TINY)
    return int(np.argmax(scores - np.log(-np.log(uniforms))))


def _hf_greens(
    scheme: HfKgw, scores: NDArray[np.float64], windows: NDArray[np.int32], tokens: Tokens, key: bytes
) -> NDArray[np.float64]:
    """1 for each token that Hugging Face favours: under selfhash only of the forty likeliest, each on its own list."""
    tried = np.arange(len(tokens)) if scheme.seeding == "lefthash" else np.argsort(-scores, kind="stable")[:_TRIED]
    green = np.zeros(len(tokens))
    green[tried] = scheme.greens_of(windows[tried], tokens[tried], key)
    return green


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    chances = np.exp(scores - scores.max())
    return np.asarray(chances / chances.sum())


def _one(place: int, size: int) -> NDArray[np.float64]:
    out = np.zeros(size)
    out[place] = 1.0
    return out
