"""The public name of a key: everything that enters its derivation, and nothing that must be kept secret."""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from typing import Literal

import msgspec

from stillwatch.errors import BadInput

__all__ = ["KeyLevel", "KeyName"]

KeyLevel = Literal["provider", "cohort", "account"]

_LABEL = b"stillwatch watermark key"
_LONGEST = 512


class KeyName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose key it is (`provider`, and `cohort` and `account` where it is theirs), how it marks (`scheme`, in full:
    "kgw:gamma=0.25,width=1") and when (`epoch`). `version` is that of the derivation.

    Two names are one only if every part is equal, character by character. Raises BadInput on a name that no key can
    have.
    """

    provider: str
    scheme: str
    epoch: str
    cohort: str = ""
    account: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        for part in ("provider", "scheme", "epoch", "cohort", "account"):
            value = getattr(self, part)
            if not isinstance(value, str):
                raise BadInput(f"key name: {part} is text, not {type(value).__name__}.")
            if not value and part in ("provider", "scheme", "epoch"):
                raise BadInput(f"key name: {part} is empty; every key has one.")
            if len(value) > _LONGEST or value != value.strip() or any(map(_unwritable, value)):
                raise BadInput(
                    f"key name: {part} has control characters, spaces around it, or more than {_LONGEST} characters."
                )
        if isinstance(self.version, bool) or not isinstance(self.version, int) or not 1 <= self.version < 1 << 32:
            raise BadInput("key name: version is a whole number from 1.")

    @property
    def level(self) -> KeyLevel:
        return "account" if self.account else "cohort" if self.cohort else "provider"

    @property
    def encoded(self) -> bytes:
        """The name in bytes, each part behind its length: no two names have the same bytes."""
        parts = (self.scheme, self.provider, self.cohort, self.account, self.epoch)
        texts = [part.encode("utf-8") for part in parts]
        return b"".join([_LABEL, struct.pack(">I", self.version), *(struct.pack(">I", len(t)) + t for t in texts)])

    @property
    def id(self) -> str:
        """16 hexadecimal digits of SHA-256 of the name. Public; whoever guesses the name can check the guess."""
        return hashlib.sha256(self.encoded).hexdigest()[:16]


def _unwritable(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
