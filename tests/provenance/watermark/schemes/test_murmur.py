from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stillwatch.provenance.watermark.schemes.murmur import context_hashes, finished, key_state, mix


def test_the_published_answer() -> None:
    word = np.uint64(int.from_bytes(b"test", "little"))
    assert int(finished(mix(np.uint64(0), word), np.uint64(4))) == 0xBA6BD213


def test_upstream_hashes(vectors: Callable[[str], dict[str, Any]]) -> None:
    for case in vectors("sglang")["hashes"]:
        context = np.array([case["context"]], np.int32)
        hashed = context_hashes(context)[0]
        assert int(hashed) == case["context_hash"]
        state = key_state(np.uint64(int(case["key"], 16)))
        word = finished(mix(mix(state, hashed), np.uint64(case["token"])), np.uint64(16))
        assert int(word) == case["word"]


def test_what_had_not_begun_shortens_the_context() -> None:
    padded = context_hashes(np.array([[-1, -1, 8, 9]], np.int32))
    assert padded == context_hashes(np.array([[8, 9]], np.int32))
    assert padded != context_hashes(np.array([[0, 0, 8, 9]], np.int32))
