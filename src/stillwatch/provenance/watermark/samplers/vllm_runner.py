"""Marks inside vLLM, model runner V2: `--logits-processors` of this module's name, `:MarkLogitsProcessor`.

The interface of vLLM 0.32 and later: no batch updates, state by request slot, token history on the device. Written
against vLLM 0.33.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor

from stillwatch.errors import StillwatchError
from stillwatch.provenance.watermark.samplers.device import hash_on_device
from stillwatch.provenance.watermark.samplers.engine_rows import ASKS_NOTHING, Sampling, mark_rows
from stillwatch.provenance.watermark.samplers.keyring import KEY, Keyring
from stillwatch.provenance.watermark.samplers.marker import Marker

if TYPE_CHECKING:
    from vllm.config import VllmConfig
    from vllm.sampling_params import SamplingParams
    from vllm.v1.worker.gpu.sample.logits_processor import LogitsContext, LogitsProcRequestState

__all__ = ["MarkLogitsProcessor"]

_LOG = logging.getLogger(__name__)

_REMEMBERED = 2048
"""Contexts of an answer that are kept to tell a repeated one: 16 KB a request on the device, loops are shorter."""


class MarkLogitsProcessor(LogitsProcessor):  # type: ignore[misc]
    """Green lists and keyed draws side by side, each request under its own key; others stay as they are. vLLM runs this
    before temperature, min-p, top-k and top-p, so the draw does these itself, and the bias is scaled to what remains of
    it after temperature. Speculative decoding: draft tokens are the context of the rows behind them.
    """

    @classmethod
    def validate_params(cls, sampling_params: SamplingParams) -> None:
        """Runs where requests come in, so that a wrong key id is answered with an error and not served unmarked."""
        if KEY not in (sampling_params.extra_args or {}):
            return
        try:
            Keyring.from_environment().checked(sampling_params.extra_args)
        except StillwatchError as error:
            raise ValueError(str(error)) from None

    def __init__(self, vllm_config: VllmConfig, req_states: LogitsProcRequestState) -> None:
        super().__init__(vllm_config, req_states)
        self._ring = Keyring.from_environment()
        self._states = req_states
        slots = req_states.max_num_reqs
        self._markers: list[Marker | None] = [None] * slots
        self._host = {
            "keys": np.zeros((slots, 2), np.int64),
            **{name: np.full(slots, value) for name, value in ASKS_NOTHING.items()},
        }
        self._sent = {name: self._to_device(values) for name, values in self._host.items()}
        self._seen = torch.zeros((slots, _REMEMBERED), dtype=torch.int64, device=req_states.device)
        self._fresh: list[int] = []

    def add_request(self, req_idx: int, sampling_params: SamplingParams) -> bool:
        try:
            mark = self._ring.mark(sampling_params.extra_args)
        except StillwatchError as error:
            # It was right when it came in. An engine that died of one key would take everybody's answers with it.
            _LOG.error("served unmarked: %s", error)
            mark = None
        self._markers[req_idx] = mark.marker if mark is not None else None
        self._fresh.append(req_idx)
        if mark is None:
            return False
        self._host["keys"][req_idx] = mark.key.view(np.int64)
        for name in ASKS_NOTHING:
            self._host[name][req_idx] = getattr(sampling_params, name)
        return True

    def apply_staged_writes(self) -> None:
        if not self._fresh:
            return
        slots = torch.tensor(self._fresh, device=self._states.device)
        for name, values in self._host.items():
            self._sent[name][slots] = self._to_device(values[self._fresh])
        self._seen[slots] = 0
        for slot in self._fresh:
            self._recall(slot)
        self._fresh = []

    def _recall(self, slot: int) -> None:
        """A request that vLLM had put off (preemption) comes back with what it had written: its contexts are known."""
        marker = self._markers[slot]
        prompt, filled = int(self._states.prompt_len.np[slot]), int(self._states.prefill_len.np[slot])
        if marker is None or not marker.once or filled <= prompt:
            return
        device, width = self._states.device, marker.scheme.width
        position = torch.arange(max(prompt - 1, filled - 1 - _REMEMBERED), filled - 1, device=device)
        at = position[:, None] + torch.arange(1 - width, 1, device=device)
        kept = self._states.all_token_ids.gpu[slot][at.clamp(min=0)].long()
        self._seen[slot, position % _REMEMBERED] = hash_on_device(torch.where(at >= 0, kept, -1))

    def apply(self, logits: torch.Tensor, ctx: LogitsContext) -> torch.Tensor:
        slots = ctx.idx_mapping_np
        present = {marker for marker in (self._markers[slot] for slot in slots) if marker is not None}
        for marker in present:
            mine = np.array([self._markers[slot] is marker for slot in slots])
            asked = [
                name
                for name, value in ASKS_NOTHING.items()
                if name == "temperature" or (self._host[name][slots[mine]] != value).any()
            ]
            self._mark(logits, ctx, marker, self._rows(ctx, mine), asked)
        return logits

    def _rows(self, ctx: LogitsContext, mine: NDArray[np.bool_]) -> torch.Tensor:
        """The logits rows of these places in the batch. Draft tokens give a request several, known to the device."""
        if len(mine) == len(ctx.expanded_idx_mapping):
            return self._to_device(np.flatnonzero(mine))
        slots = self._to_device(np.asarray(ctx.idx_mapping_np)[mine].astype(np.int64))
        return torch.isin(ctx.expanded_idx_mapping.long(), slots).nonzero()[:, 0]

    def _mark(
        self, logits: torch.Tensor, ctx: LogitsContext, marker: Marker, rows: torch.Tensor, asked: list[str]
    ) -> None:
        slots, position = ctx.expanded_idx_mapping[rows].long(), ctx.pos[rows].long()
        width = marker.scheme.width
        windows = self._windows(ctx, rows, slots, position, width)
        contexts = hash_on_device(windows)
        may = (windows >= 0).all(-1)
        if marker.once:
            may = may & ~self._repeated(slots, position, contexts)
        sampling = Sampling(**{name: self._sent[name][slots] for name in asked})
        mark_rows(logits, rows, marker, self._sent["keys"][slots], contexts, may, sampling)

    def _windows(
        self, ctx: LogitsContext, rows: torch.Tensor, slots: torch.Tensor, position: torch.Tensor, width: int
    ) -> torch.Tensor:
        """int64[rows, width], oldest first; -1 before the beginning. Draft tokens are in the input alone, the others in
        the history."""
        history, local = self._states.all_token_ids.gpu, ctx.expanded_local_pos[rows].long()
        columns = []
        for back in range(width - 1, -1, -1):
            at = position - back
            drafted = ctx.input_ids[(rows - back).clamp(min=0)]
            kept = history[slots, at.clamp(min=0)]
            token = torch.where(local >= back, drafted.long(), kept.long())
            columns.append(torch.where(at >= 0, token, -1))
        return torch.stack(columns, -1)

    def _repeated(self, slots: torch.Tensor, position: torch.Tensor, contexts: torch.Tensor) -> torch.Tensor:
        """Had the answer this context before? Then remembers it. 0 in the memory is an empty place."""
        place = position % _REMEMBERED
        seen = self._seen[slots]
        elsewhere = torch.arange(_REMEMBERED, device=place.device) != place[:, None]
        found = ((seen == contexts[:, None]) & elsewhere).any(-1)
        answer = position >= self._states.prompt_len.gpu[slots] - 1
        self._seen[slots, place] = torch.where(answer, contexts, 0)
        return found

    def _to_device(self, values: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(values.copy()).to(self._states.device, non_blocking=True)
