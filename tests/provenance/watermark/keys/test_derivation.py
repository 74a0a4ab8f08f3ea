from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys import KEY_BYTES, KeyName, Master, commitment_key, derive, derive_all

VECTORS = [  # RFC 5869, appendix A: input, salt, info, output
    (
        b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)), bytes(range(0x60, 0xB0)), bytes(range(0xB0, 0x100)),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f"
        "09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        b"\x0b" * 22, b"", b"",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]  # fmt: skip


def rfc5869(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 by the letter of the RFC, to compare with."""
    pseudorandom = hmac.digest(salt or bytes(32), secret, hashlib.sha256)
    made, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudorandom, block + info + bytes([counter]), hashlib.sha256)
        made += block
    return made[:length]


@pytest.mark.parametrize(("secret", "salt", "info", "output"), VECTORS, ids=["A.1", "A.2", "A.3"])
def test_the_yardstick_is_rfc_5869(secret: bytes, salt: bytes, info: bytes, output: str) -> None:
    assert rfc5869(secret, salt, info, len(output) // 2).hex() == output


def test_the_master_is_hkdf() -> None:
    secret, salt, info, output = VECTORS[1]  # the others are no masters: 22 equal bytes
    assert Master(secret).derive(info, salt, 82).hex() == output


@given(st.text("abc", min_size=1, max_size=4), st.text("abc", max_size=4), st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_a_key_is_hkdf_of_the_whole_name_salted_with_the_epoch(epoch: str, account: str, seed: int) -> None:
    secret = hashlib.sha512(b"%d" % seed).digest()
    name = KeyName(provider="p", scheme="s", epoch=epoch, cohort="c", account=account)
    key = derive(Master(secret), name)
    assert key == rfc5869(secret, epoch.encode(), name.encoded, KEY_BYTES)
    assert commitment_key(key) == rfc5869(key, b"", b"stillwatch watermark commitment", 32) != key


def test_keys_never_change_between_versions_of_the_program() -> None:
    """Old answers are found only as long as these stay as they are."""
    name = KeyName(provider="p", scheme="kgw:gamma=0.25,width=1", epoch="2026-11", cohort="C-1", account="a1")
    assert name.id == "536f3e91cbce5586"
    assert (
        derive(Master(bytes(range(32))), name).hex()
        == "07a638f08e6fd4b8edcbc3ab6b407d8e6175224ca9106472b8e068104a43f932"
    )


def test_every_part_of_the_name_enters(master: Master, names: tuple[KeyName, ...]) -> None:
    base = {"provider": "p", "scheme": "s", "epoch": "e", "cohort": "c", "account": "a"}
    changed = [KeyName(**base)] + [KeyName(**{**base, part: "x"}) for part in base]  # type: ignore[arg-type]
    changed.append(KeyName(**base, version=2))  # type: ignore[arg-type]
    keys = derive_all(master, changed)
    assert len(set(keys)) == 7 and {len(key) for key in keys} == {KEY_BYTES}
    assert derive_all(master, names) == [derive(master, name) for name in names]


def test_a_service_that_ignores_what_it_is_asked_is_found_out(names: tuple[KeyName, ...]) -> None:
    with pytest.raises(BadSettings, match="same key"):
        derive_all(Master.kept(lambda info, salt, length: bytes(range(length))), names)
