from __future__ import annotations

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.laws import Bernoulli
from stillwatch.provenance.watermark.pairs import Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes import KNOWN, Gumbel, Kgw, pairs_of, scheme_named
from stillwatch.provenance.watermark.schemes.scheme import totals_one_by_one


def test_totals_are_weighted_and_centred() -> None:
    class Fixed(Kgw):
        def values(self, pairs: object, key: bytes) -> np.ndarray:  # type: ignore[override]
            return np.array([1.0, 0.0, 1.0]) if key == b"a" else np.zeros(3)

    scheme = Fixed(gamma=0.5)
    pairs = distinct_pairs(Texts.of([[1, 2, 3, 4]]), 1)
    weights = np.array([1.0, 2.0, 4.0])
    assert totals_one_by_one(scheme, pairs, weights, [b"a", b"b"]).tolist() == [5 - 3.5, -3.5]
    assert scheme.law == Bernoulli(0.5)


NEEDED = {"hf-kgw": ":vocabulary=1000"}


@pytest.mark.parametrize("kind", sorted(KNOWN))
def test_every_scheme_has_a_name_that_leads_back_to_it(kind: str) -> None:
    scheme = scheme_named(kind + NEEDED.get(kind, ""))
    assert scheme_named(scheme.name) == scheme
    assert scheme.name.startswith(f"{kind}:")
    texts = Texts.of([[1, 2, 3, 4, 5, 6, 7, 8]])
    assert pairs_of(scheme, texts).contexts.shape[1] == scheme.width


def test_settings_are_read() -> None:
    assert scheme_named("kgw:gamma=0.5,width=2") == Kgw(width=2, gamma=0.5)
    assert scheme_named("gumbel: width=4") == Gumbel(width=4)


@pytest.mark.parametrize("name", ["", "rot13", "kgw:colour=3", "gumbel:gamma=0.5"])
def test_a_wrong_name_is_told(name: str) -> None:
    with pytest.raises(BadSettings):
        scheme_named(name)
