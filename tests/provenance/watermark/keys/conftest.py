"""A master for tests, a few names, and a day."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stillwatch.provenance.watermark.keys import KeyName, Master, Register, add_keys


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture(scope="session")
def secret() -> Callable[[int], bytes]:
    """`secret(seed)`: 32 bytes that look random."""
    return lambda seed: hashlib.sha256(b"master for tests %d" % seed).digest()


@pytest.fixture(scope="session")
def master(secret: Callable[[int], bytes]) -> Master:
    return Master(secret(0))


@pytest.fixture(scope="session")
def names() -> tuple[KeyName, ...]:
    """A provider's, a cohort's and five accounts' keys."""
    owners = [("", ""), ("C-1", ""), *(("C-1", f"a{i}") for i in range(5))]
    return tuple(
        KeyName(provider="p", scheme="kgw:gamma=0.25,width=1", epoch="2026-11", cohort=cohort, account=account)
        for cohort, account in owners
    )


@pytest.fixture
def register(tmp_path: Path, names: tuple[KeyName, ...], at: datetime) -> Register:
    return add_keys(tmp_path / "register.jsonl", names, at)


@pytest.fixture(scope="session")
def shown() -> Callable[[bytes, str], bool]:
    """`shown(secret, text)`: whether the text gives away six bytes of the secret, in any usual writing."""

    def find(secret: bytes, text: str) -> bool:
        written = (secret.hex(), base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode())
        pieces = {one[i : i + 12].casefold() for one in written for i in range(len(one) - 11)}
        pieces |= {repr(secret[i : i + 6])[2:-1].casefold() for i in range(len(secret) - 5)}
        pieces |= {str(int.from_bytes(secret[i : i + 8])) for i in range(len(secret) - 7)}
        folded = text.casefold()
        return any(piece in folded for piece in pieces)

    return find
