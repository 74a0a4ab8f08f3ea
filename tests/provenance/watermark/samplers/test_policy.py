from __future__ import annotations

import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.samplers.policy import LOW_ENTROPY, Policy


def test_a_policy_is_read_from_one_line() -> None:
    assert Policy.parsed("") == Policy()
    assert Policy.parsed(" delta=4, low_entropy=0,once=no , top=64,") == Policy(4.0, 0.0, False, 64)
    assert Policy.parsed("once=TRUE").once is True


@pytest.mark.parametrize(
    "text", ["delta", "delta=x", "strength=2", "once=maybe", "delta=-1", "delta=nan", "low_entropy=inf", "top=-1"]
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadSettings):
        Policy.parsed(text)


def test_the_default_bound_is_where_one_token_has_98_percent() -> None:
    from math import log

    assert -(0.98 * log(0.98) + 0.02 * log(0.02)) < LOW_ENTROPY < -(0.97 * log(0.97) + 0.03 * log(0.03))
