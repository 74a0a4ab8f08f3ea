"""From the master and a name to 32 bytes of key: HKDF-SHA256 (RFC 5869), salted with the epoch."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys.master import Master
from stillwatch.provenance.watermark.keys.name import KeyName

__all__ = ["KEY_BYTES", "commitment_key", "derive", "derive_all"]

KEY_BYTES = 32
_COMMITMENT = b"stillwatch watermark commitment"


def derive(master: Master, name: KeyName) -> bytes:
    """The 32 bytes of that key. salt = epoch, info = the whole name, each part behind its length."""
    return master.derive(name.encoded, name.epoch.encode("utf-8"), KEY_BYTES)


def derive_all(master: Master, names: Sequence[KeyName]) -> list[bytes]:
    """The keys of many names, in order. Raises BadSettings where two names got one key: a key service that ignores
    what it is asked would make every account look guilty of each other's text."""
    keys = [derive(master, name) for name in names]
    if len(set(keys)) < len(set(names)):
        raise BadSettings("two names got the same key from the master. A key service must use info and salt.")
    return keys


def commitment_key(key: bytes) -> bytes:
    """What a commitment holds in place of the key: it shows that a key was fixed, and nobody can mark with it."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_COMMITMENT).derive(key)
