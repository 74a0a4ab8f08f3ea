from __future__ import annotations

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.sketches.keys import PERMUTATIONS, PROJECTIONS, constants


def test_shapes_and_oddness(key: bytes) -> None:
    made = constants(key)
    assert made.seal.shape == (2,)
    assert made.multipliers.shape == made.masks.shape == (PERMUTATIONS,)
    assert (made.multipliers % 2 == 1).all()
    assert made.projection.shape == (64, PROJECTIONS)
    assert set(np.unique(made.projection)) == {-1.0, 1.0}


def test_every_constant_depends_on_the_key(key: bytes) -> None:
    one, other, public = constants(key), constants(key[:-1] + b"!"), constants(None)
    for name in ("seal", "multipliers", "masks", "projection"):
        values = [getattr(made, name) for made in (one, other, public)]
        assert not (values[0] == values[1]).all(), name
        assert not (values[0] == values[2]).all(), name
    assert len({int(made.start) for made in (one, other, public)}) == 3


def test_the_published_constants_never_change() -> None:
    assert (
        int(constants(None).start) == 10677650318950128541
    )  # lakes written by an earlier version must stay comparable


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 65])
def test_a_key_of_the_wrong_length_is_refused(key: bytes) -> None:
    with pytest.raises(BadSettings, match=f"{len(key)} bytes"):
        constants(key)
