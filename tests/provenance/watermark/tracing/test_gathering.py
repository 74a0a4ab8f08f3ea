from __future__ import annotations

import numpy as np
import pytest

from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.weights import declared_weight
from stillwatch.provenance.watermark.schemes import Kgw
from stillwatch.provenance.watermark.text.documents import Documents
from stillwatch.provenance.watermark.tracing.gathering import gathered_evidence, gathered_text


def test_a_model_is_weighed_by_the_declared_weight_whatever_is_taken_out(world) -> None:  # type: ignore[no-untyped-def]
    evidence = world.student({}, tokens=2000)
    made = gathered_evidence("m", evidence, "declared", {"a": "b"})
    assert (made.access, made.tokens, made.weight, made.provenance) == ("closed", 2000, "declared", {"a": "b"})
    assert made.suspicion.weigh(evidence.seen, evidence.expected) == pytest.approx(declared_weight(evidence))
    assert (made.suspicion.weights(evidence.expected * 2) != made.suspicion.weights(evidence.expected)).any()


def test_text_weighs_each_distinct_pair_the_same() -> None:
    texts = Texts.of([[1, 2, 1, 2, 1, 3], [1, 2]])
    nowhere = np.full((8, 2), -1, np.int32)
    documents = Documents(texts, ("a", "b"), ("", ""), nowhere, (None, None), (("x", "00"),), (("empty document", 1),))
    made = gathered_text("x", documents, Kgw(width=1))
    assert made.access == "text" and made.tokens == 8
    assert sorted(made.suspicion.seen.tolist()) == [1, 2, 3]
    assert made.suspicion.weights(made.suspicion.expected).tolist() == [1.0, 1.0, 1.0]
    assert made.provenance == {"file x": "00", "left out (empty document)": "1"}
