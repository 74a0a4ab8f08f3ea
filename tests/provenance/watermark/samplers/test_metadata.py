from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadInput
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.samplers.metadata import MarkMetadata, metadata_of, read_header
from stillwatch.provenance.watermark.samplers.policy import Policy


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20), st.floats(0, 10), st.none() | st.integers(0, 9))
def test_a_header_is_one_line_of_ascii_and_comes_back(epoch: str, strength: float, marked: int | None) -> None:
    made = MarkMetadata(key_id="ab", scheme="kgw:width=1", epoch=epoch, width=1, strength=strength, marked=marked)
    header = made.header()
    assert header.isascii()
    assert header.isprintable()
    assert read_header(header) == made


def test_it_tells_the_policy_and_whose_key_it_was_only_by_id() -> None:
    name = KeyName(provider="us", scheme="gumbel:width=4", epoch="e", cohort="ring-7", account="alice")
    made = metadata_of(name, Policy(delta=4, top=64), marked=3, tokens=5)
    assert (made.key_id, made.width, made.strength, made.once, made.top) == (name.id, 4, 0.0, True, 64)
    assert "alice" not in made.header()
    assert "ring-7" not in made.header()
    green = metadata_of(KeyName(provider="us", scheme="kgw:gamma=0.25,width=1", epoch="e"), Policy(delta=4, top=64))
    assert (green.strength, green.once, green.top) == (4.0, False, 0)
    assert set(made.columns()) == set(green.columns()) == {f"mark_{name}" for name in MarkMetadata.__struct_fields__}


@pytest.mark.parametrize("value", ["", "{}", "[]", '{"key_id": 1}', "\x00"])
def test_other_headers_are_refused(value: str) -> None:
    with pytest.raises(BadInput, match="X-Stillwatch-Mark"):
        read_header(value)
