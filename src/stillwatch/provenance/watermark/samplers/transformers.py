"""Marks for Hugging Face `generate`: a logits processor, for whole batches, each sequence under its own key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.samplers.marker import Marker, key_rows
from stillwatch.provenance.watermark.samplers.policy import LOW_ENTROPY, Policy
from stillwatch.provenance.watermark.schemes.scheme import Scheme

__all__ = ["InLastPlace", "MarkLogitsProcessor"]


class MarkLogitsProcessor(transformers.LogitsProcessor):  # type: ignore[misc]
    """Give it as `generate(..., do_sample=True, watermarking_config=InLastPlace(processor))`.

    Not in `logits_processor=[...]`: transformers (seen in 5.23) runs those before temperature, top-k and top-p, so a
    keyed draw there would come from a distribution that nobody asked for. In a sampling loop of your own call it last.

    `keys`: one for all, or one for each prompt, None for a prompt that is answered unmarked; several answers a prompt
    (`num_return_sequences`) share its key. `prompt_lengths`: the tokens of each prompt, where prompts are padded on the
    left; without it no token counts as padding. One processor may serve many calls of `generate`, one after another.
    `history` has a bool[rows] for each token of the last generation: was it drawn under a mark?
    """

    def __init__(
        self,
        scheme: Scheme,
        keys: bytes | Sequence[bytes | None],
        delta: float = 2.0,
        *,
        prompt_lengths: Sequence[int] | None = None,
        low_entropy: float = LOW_ENTROPY,
        once: bool | None = None,
        top: int = 0,
    ) -> None:
        self.marker = Marker(scheme, Policy(delta=delta, low_entropy=low_entropy, once=once, top=top))
        self.history: list[NDArray[np.bool_]] = []
        self._keys = keys
        self._lengths = prompt_lengths
        self._before: torch.Tensor | None = None
        self._begin = 0
        self._rows = key_rows([None], 1)
        self._starts: NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        return f"MarkLogitsProcessor({self.marker.scheme.name}, {self.marker.policy})"

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """int64[rows, length] and float[rows, vocabulary]; new scores come back, those given stay as they are."""
        if not self._goes_on(input_ids):
            self._start(input_ids)
        self._before = input_ids
        keys, has = self._rows
        made = scores.detach().to("cpu", torch.float32, copy=True).contiguous()
        tokens = input_ids.to("cpu", torch.int64).contiguous().numpy()
        done = self.marker.mark(made.numpy(), tokens, keys, has, self._starts, self._begin)
        self.history.append(done)
        return made.to(scores.device, scores.dtype)

    def restart(self) -> None:
        """What comes next is a new generation."""
        self._before = None

    def _goes_on(self, input_ids: torch.Tensor) -> bool:
        """Is this the next step of the generation that we saw last?"""
        before = self._before
        return (
            before is not None
            and input_ids.shape == (before.shape[0], before.shape[1] + 1)
            and torch.equal(input_ids[:, : self._begin], before[:, : self._begin])
        )

    def _start(self, input_ids: torch.Tensor) -> None:
        rows, self._begin = input_ids.shape
        self._rows = key_rows(self._keys, rows)
        self.history = []
        if self._lengths is None:
            self._starts = np.zeros(rows, np.int64)
            return
        if rows % len(self._lengths) or max(self._lengths) > self._begin or min(self._lengths) < 0:
            raise BadSettings(
                f"prompt_lengths: {len(self._lengths)} lengths for {rows} rows of {self._begin} tokens. Give the "
                "number of tokens of each prompt, without padding."
            )
        lengths = np.repeat(np.asarray(self._lengths, np.int64), rows // len(self._lengths))
        self._starts = self._begin - lengths


class InLastPlace(transformers.generation.BaseWatermarkingConfig):  # type: ignore[misc]
    """A processor where `generate` runs watermarks: after all others. Shows and saves no key."""

    def __init__(self, processor: MarkLogitsProcessor) -> None:
        self._processor = processor

    def validate(self) -> None:
        """Nothing: the processor was checked when it was made."""

    def construct_processor(self, vocab_size: int, device: Any = None) -> MarkLogitsProcessor:  # noqa: ARG002
        self._processor.restart()
        return self._processor

    def to_dict(self) -> dict[str, Any]:
        return {"marks": repr(self._processor)}

    def to_json_string(self) -> str:
        return json.dumps(self.to_dict())

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        yield from self.to_dict().items()

    def __repr__(self) -> str:
        return f"InLastPlace({self._processor!r})"

    def __deepcopy__(self, memo: dict[int, Any]) -> InLastPlace:
        return self
