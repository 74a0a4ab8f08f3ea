from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.provenance.watermark.schemes import Gumbel, Kgw
from stillwatch.provenance.watermark.text import Candidate, detect_each

Make = Callable[..., Any]


def test_marked_answers_are_picked_out_with_their_keys(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=2)
    tried = keys(scheme)
    marks = {3: 5, 8: 6}
    texts = [write(120, scheme, tried[marks[i]].key if i in marks else None, seed=i) for i in range(12)]
    made = detect_each(bundle(*texts, [1]), scheme, tried, 1e-6)
    assert [i for i, one in enumerate(made) if one.marked] == [3, 8]
    assert {i: made[i].key_id for i in marks} == {i: tried[place].name.id for i, place in marks.items()}
    assert made[12].log10_p is None and made[12].log10_p_adjusted is None and made[12].key_id == ""
    assert made[0].tokens == 120 and made[0].pairs <= 120
    clear = made[3].log10_p_adjusted
    assert clear is not None and made[3].log10_p is not None
    assert clear - made[3].log10_p == pytest.approx(math.log10(40 * 12), abs=0.1)


def test_plain_answers_are_left_alone(bundle: Make, keys: Make) -> None:
    rng = np.random.default_rng(1)
    made = detect_each(bundle(*(rng.integers(0, 5000, 60) for _ in range(200))), Kgw(), keys(Kgw()), 0.01)
    assert not any(one.marked for one in made)


def test_keys_that_do_not_count_are_not_tried(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=2)
    (first, *_) = keys(scheme, 1)
    leaked = Candidate(first.name, first.key, counts=False)
    (one,) = detect_each(bundle(write(100, scheme, leaked.key)), scheme, [leaked], 0.01)
    assert not one.marked and one.log10_p is None
