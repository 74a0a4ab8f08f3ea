from __future__ import annotations

import struct

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadInput
from stillwatch.provenance.watermark.keys import KeyName

# Few letters, so that parts of one name turn up in another's; lengths and separators are what must keep them apart.
PART = st.text(alphabet='ab|:,="0é\U0001f511', max_size=6)
FULL = PART.filter(bool)
NAMES = st.builds(KeyName, provider=FULL, scheme=FULL, epoch=FULL, cohort=PART, account=PART, version=st.integers(1, 3))


def parts(encoded: bytes) -> list[str]:
    """The inverse of `KeyName.encoded`: that there is one shows that no two names are encoded alike."""
    label = b"stillwatch watermark key"
    assert encoded.startswith(label)
    at, found = len(label) + 4, [str(struct.unpack_from(">I", encoded, len(label))[0])]
    while at < len(encoded):
        (length,) = struct.unpack_from(">I", encoded, at)
        found.append(encoded[at + 4 : at + 4 + length].decode())
        at += 4 + length
    return found


@given(NAMES)
@settings(max_examples=150, deadline=None)
def test_the_encoding_has_an_inverse(name: KeyName) -> None:
    version, scheme, provider, cohort, account, epoch = parts(name.encoded)
    again = KeyName(provider=provider, scheme=scheme, epoch=epoch, cohort=cohort, account=account, version=int(version))
    assert again == name


@given(NAMES, NAMES)
@settings(max_examples=150, deadline=None)
def test_two_names_are_one_only_where_every_part_is(one: KeyName, other: KeyName) -> None:
    assert (one.encoded == other.encoded) == (one == other)
    assert (one.id == other.id) == (one == other)


def test_moving_a_letter_over_a_border_makes_another_key() -> None:
    one = KeyName(provider="p", scheme="s", epoch="e", cohort="ab", account="c")
    moved = [{"cohort": "a", "account": "bc"}, {"cohort": "abc", "account": ""}, {"cohort": "", "account": "abc"}]
    assert len({one.encoded, *(msgspec.structs.replace(one, **change).encoded for change in moved)}) == 4


@pytest.mark.parametrize(
    ("cohort", "account", "level"),
    [("", "", "provider"), ("c", "", "cohort"), ("c", "a", "account"), ("", "a", "account")],
)
def test_the_level_is_that_of_its_owner(cohort: str, account: str, level: str) -> None:
    assert KeyName(provider="p", scheme="s", epoch="e", cohort=cohort, account=account).level == level


@pytest.mark.parametrize(
    "change",
    [
        {"provider": ""}, {"scheme": ""}, {"epoch": ""}, {"account": "a\n"}, {"account": "a\x1bb"}, {"cohort": " c"},
        {"account": "\ud800"}, {"account": "x" * 513}, {"version": 0}, {"version": True}, {"account": 7},
    ],
)  # fmt: skip
def test_names_that_no_key_can_have(change: dict[str, object]) -> None:
    given: dict[str, object] = {"provider": "p", "scheme": "s", "epoch": "e", **change}
    with pytest.raises(BadInput, match="key name"):
        KeyName(**given)  # type: ignore[arg-type]


def test_it_survives_json() -> None:
    name = KeyName(provider="p", scheme="s", epoch="e", cohort="Größe", account='"\\')
    assert msgspec.json.decode(msgspec.json.encode(name), type=KeyName) == name
    assert len(name.id) == 16 and int(name.id, 16) >= 0
