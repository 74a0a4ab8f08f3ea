from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.schemes.logarithm import logarithm


@settings(max_examples=300, deadline=None)
@given(st.floats(2.0**-1022, 1e300, allow_nan=False))
def test_it_is_the_logarithm(x: float) -> None:
    assert logarithm(x) == pytest.approx(math.log(x), abs=1e-12, rel=1e-12)


@pytest.mark.parametrize("x", [1.0, 1 - 2.0**-53, 2.0**-53, 0.5, math.sqrt(0.5), np.nextafter(math.sqrt(0.5), 0), 2.0])
def test_it_holds_at_the_seams(x: float) -> None:
    assert logarithm(x) == pytest.approx(math.log(x), abs=1e-12)
