"""A reference made as sharp as the suspect: its probabilities at another temperature.

A student that was taught answers drawn at a low temperature and is sampled at 1 writes as its teacher would at that
low temperature. A reference at 1 would then be off everywhere, and drown what the key did. The temperature is found
without any key, on the first part of the text: the one with the highest predicted score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.expected import Evidence, closed_evidence, open_evidence
from stillwatch.provenance.watermark.radioactivity.looks import LOOKS
from stillwatch.provenance.watermark.radioactivity.weights import predicted_score
from stillwatch.provenance.watermark.radioactivity.windows import Batch, Predictor

__all__ = ["PART", "TEMPERATURES", "Sharpened", "sharpened"]

TEMPERATURES = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1)

PART = LOOKS[0]
"""Written tokens that the temperature is found on: those that every look has read."""


@dataclass(frozen=True)
class Sharpened:
    """A predictor whose probabilities p become p ** (1 / temperature), made to sum to 1 again."""

    predictor: Predictor
    temperature: float

    @property
    def vocabulary(self) -> int:
        return self.predictor.vocabulary

    @property
    def longest(self) -> int:
        return self.predictor.longest

    @property
    def reach(self) -> int | None:
        return self.predictor.reach

    def probabilities(self, batch: Batch) -> NDArray[np.float32]:
        plain = self.predictor.probabilities(batch)
        if self.temperature == 1.0:
            return plain
        raised = np.power(plain, np.float32(1 / self.temperature))
        return np.asarray(raised / raised.sum(1, keepdims=True), np.float32)


def sharpened(
    texts: Texts, reference: Predictor, width: int, *, suspect: Predictor | None = None, padded: bool = False
) -> Sharpened:
    """The reference at the temperature that fits the suspect: `texts` are its answers (closed), or what both models
    read (open, with `suspect`). Of equals the one nearest to 1: where there is nothing to score, it stays as it is."""
    part = texts.first(PART)

    def score(temperature: float) -> tuple[float, float]:
        evidence = _evidence(part, Sharpened(reference, temperature), width, suspect, padded)
        return predicted_score(evidence), -abs(temperature - 1.0)

    return Sharpened(reference, max(TEMPERATURES, key=score))


def _evidence(texts: Texts, reference: Predictor, width: int, suspect: Predictor | None, padded: bool) -> Evidence:
    if suspect is None:
        return closed_evidence(texts, reference, width, padded=padded)
    return open_evidence(suspect, reference, texts, width, padded=padded)
