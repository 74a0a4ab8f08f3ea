"""API keys seen in logs: hashed before they go anywhere, also in the rows that are put aside."""

from __future__ import annotations

import hashlib
import re

__all__ = ["hash_key", "key_name", "mask"]

_HASHED = re.compile(r"(?:[a-z0-9-]{2,12}:)?[0-9a-f]{16,128}", re.IGNORECASE)
_SHAPES = (
    r"(?:sk|pk|rk|ak|gsk|xai|hf|ghp|pplx|nvapi|r8|key)[-_][A-Za-z0-9_\-]{12,}"
    r"|AIza[0-9A-Za-z_\-]{20,}|AKIA[0-9A-Z]{12,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
)
_SECRET = re.compile(rf"(?:(?:bearer|basic|token)\s+\S+|{_SHAPES})", re.IGNORECASE)
_IN_TEXT = re.compile(
    rb'("(?:x-)?(?:authorization|api[-_]?key|goog-api-key)"\s*:\s*")((?:[^"\\]|\\.)*)'
    rb"|(\b(?:Bearer|Basic)\s+)([A-Za-z0-9._~+/=\-]{8,})|(?<![A-Za-z0-9_\-])(" + _SHAPES.encode() + rb")",
    re.IGNORECASE,
)


def hash_key(key: str) -> str:
    """A name for a raw API key from which the key cannot be had back: 32 hexadecimal digits of its SHA-256.

    An `Authorization` value and the bare key give the same name. What is a hash already stays as it is.
    """
    bare = re.sub(r"^\s*(bearer|basic|token)\s+", "", key, flags=re.IGNORECASE).strip()
    return bare if _HASHED.fullmatch(bare) else hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()[:32]


def key_name(value: object) -> str | None:
    """`key_id` from a column that should hold a hash or a public id; hashed where it looks like the key itself."""
    if value is None or value == "" or isinstance(value, (dict, list, bool)):
        return None
    text = str(value)
    return hash_key(text) if _SECRET.match(text) else text


def mask(raw: bytes) -> bytes:
    """`raw` with everything that looks like an API key replaced by its hash."""

    def hashed(found: re.Match[bytes]) -> bytes:
        lead = found[1] or found[3] or b""
        secret = found[2] or found[4] or found[5] or b""
        if not secret:
            return found[0]
        return lead + b"hashed:" + hash_key(secret.decode("utf-8", "replace")).encode()

    return _IN_TEXT.sub(hashed, raw)
