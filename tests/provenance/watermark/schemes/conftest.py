"""Vectors made by the engines' own code (bench/watermark_vectors.py tells how), and what several tests build of
them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stillwatch.provenance.watermark.pairs import Pairs


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], dict[str, Any]]:
    """The vectors of one package: vllm, sglang or huggingface."""

    def read(name: str) -> dict[str, Any]:
        path = Path(__file__).parent / "vectors" / f"{name}.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    return read


@pytest.fixture(scope="session")
def pairs_from() -> Callable[[Any, Any], Pairs]:
    """Pairs of given contexts [n, width] and tokens [n], in that order, seen in no text."""

    def build(contexts: Any, tokens: Any) -> Pairs:
        windows, written = np.array(contexts, np.int32), np.array(tokens, np.int32)
        n = len(written)
        return Pairs(np.arange(n, dtype=np.uint64), windows, written, np.ones(n, np.int64), np.full(n, -1, np.int64))

    return build
