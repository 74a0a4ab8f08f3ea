"""Marks inside vLLM, V1 interface: `--logits-processors` of this module's name, `:MarkLogitsProcessor`.

For the older model runner (VLLM_USE_V2_MODEL_RUNNER=0); the newer one takes `vllm_runner`. Written against vLLM 0.33.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from vllm.v1.sample.logits_processor import LogitsProcessor, MoveDirectionality

from stillwatch.errors import BadSettings, StillwatchError
from stillwatch.provenance.watermark.samplers.contexts import batch_contexts
from stillwatch.provenance.watermark.samplers.engine_rows import ASKS_NOTHING, GREEDY, Sampling, mark_rows
from stillwatch.provenance.watermark.samplers.keyring import Keyring, Mark
from stillwatch.provenance.watermark.samplers.marker import Marker

if TYPE_CHECKING:
    from vllm import SamplingParams
    from vllm.config import VllmConfig
    from vllm.v1.sample.logits_processor import BatchUpdate

__all__ = ["MarkLogitsProcessor"]

_LOG = logging.getLogger(__name__)


@dataclass
class _Request:
    """`output` is the engine's own list and grows with the answer. `seen` holds the contexts of its first `looked`
    tokens."""

    mark: Mark
    params: Any
    prompt: Sequence[int]
    output: Sequence[int]
    seen: set[int] = field(default_factory=set)
    looked: int = 0

    def windows(self, width: int, begin: int) -> list[list[int]]:
        """The contexts of the tokens from `begin` on, the one to be drawn included; -1 before the beginning."""
        text = [-1] * width + list(self.prompt[len(self.prompt) - width if len(self.prompt) > width else 0 :])
        base = len(text)
        text += self.output
        return [text[base + i - width : base + i] for i in range(begin, len(self.output) + 1)]


class MarkLogitsProcessor(LogitsProcessor):  # type: ignore[misc]
    """One kind of scheme an engine. Green lists run before temperature and reach greedy requests too; keyed draws run
    where vLLM has done penalties, temperature and min-p, and do top-k and top-p themselves, before vLLM finds one token
    left. Requests without a key stay as they are. Speculative decoding: vLLM refuses it with any such processor.
    """

    @classmethod
    def validate_params(cls, sampling_params: SamplingParams) -> None:
        """Runs where requests come in, so that a wrong key id is answered with an error and not served unmarked."""
        try:
            ring = Keyring.from_environment()
            if (found := ring.checked(sampling_params.extra_args)) is not None:
                _only_kind(ring, found[0].name.scheme)
        except StillwatchError as error:
            raise ValueError(str(error)) from None

    def __init__(self, vllm_config: VllmConfig, device: torch.device, is_pin_memory: bool) -> None:  # noqa: ARG002
        self._ring = Keyring.from_environment()
        self._kind = _only_kind(self._ring)
        self._device = device
        self._requests: dict[int, _Request] = {}

    def is_argmax_invariant(self) -> bool:
        return self._kind == "gumbel"

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        if batch_update is None:
            return
        requests = self._requests
        for index in batch_update.removed:
            requests.pop(index, None)
        for index, params, prompt, output in batch_update.added:
            requests.pop(index, None)
            mark = self._found(params)
            if mark is not None:
                requests[index] = _Request(mark, params, prompt or (), output)
        for first, second, direction in batch_update.moved:
            one, other = requests.pop(first, None), requests.pop(second, None)
            if one is not None:
                requests[second] = one
            if other is not None and direction == MoveDirectionality.SWAP:
                requests[first] = other

    def _found(self, params: SamplingParams) -> Mark | None:
        try:
            mark = self._ring.mark(params.extra_args)
            if mark is not None:
                _only_kind(self._ring, mark.metadata.scheme)
            return mark
        except StillwatchError as error:
            # It was right when it came in. An engine that died of one key would take everybody's answers with it.
            _LOG.error("served unmarked: %s", error)
            return None

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        groups: dict[Marker, list[tuple[int, _Request]]] = {}
        for index, request in self._requests.items():
            groups.setdefault(request.mark.marker, []).append((index, request))
        for marker, members in groups.items():
            self._mark(logits, marker, [index for index, _ in members], [request for _, request in members])
        return logits

    def _mark(self, logits: torch.Tensor, marker: Marker, rows: list[int], requests: list[_Request]) -> None:
        contexts, may = _contexts(marker, requests)
        settings = {name: np.array([getattr(r.params, name) for r in requests]) for name in ASKS_NOTHING}
        if self._kind == "gumbel":  # vLLM has been at temperature and min-p already.
            settings["temperature"] = np.where(settings["temperature"] < GREEDY, 0.0, 1.0)
            settings["min_p"][:] = 0.0
        asked = {name: v for name, v in settings.items() if name == "temperature" or (v != ASKS_NOTHING[name]).any()}
        mark_rows(
            logits,
            self._sent(np.array(rows)),
            marker,
            self._sent(np.array([request.mark.key for request in requests]).view(np.int64)),
            self._sent(contexts.view(np.int64)),
            self._sent(may),
            Sampling(**{name: self._sent(values) for name, values in asked.items()}),
        )

    def _sent(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device, non_blocking=True)


def _contexts(marker: Marker, requests: list[_Request]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Hash and may-mark of each request's next token. Token ids that are not known yet (-1) are not marked after."""
    width, once = marker.scheme.width, marker.once
    windows, ends = [], []
    for request in requests:
        begin = min(request.looked, len(request.output)) if once else len(request.output)
        windows += request.windows(width, begin)
        ends.append(len(windows))
    tokens = np.array(windows, np.int64).reshape(-1, width)
    hashes, _ = batch_contexts(tokens, np.zeros(len(tokens), np.int64), width, width, False)
    last = np.array(ends) - 1
    may = (tokens[last] >= 0).all(1)
    if once:
        for i, request in enumerate(requests):
            earlier = hashes[(ends[i - 1] if i else 0) : last[i]].tolist()
            request.seen.update(earlier)
            request.looked = len(request.output)
            may[i] &= int(hashes[last[i]]) not in request.seen
    return hashes[last], may


def _only_kind(ring: Keyring, scheme: str | None = None) -> str:
    kinds = ring.kinds()
    if len(kinds) > 1:
        raise BadSettings(
            "the register has active keys of both kgw and gumbel. vLLM's V1 interface serves one kind an engine: give "
            "it a register of its own, or use the newer model runner."
        )
    if scheme is not None and scheme.partition(":")[0] not in kinds:
        raise BadSettings(f"{scheme}: is marked by its own engine, not here.")
    return next(iter(kinds), "kgw")
