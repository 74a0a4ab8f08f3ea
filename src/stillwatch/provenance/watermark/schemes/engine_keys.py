"""From a derived key of 32 bytes to what an engine takes, and back from a key that an operator set by hand.

Engines take 64 bits or less, so their keys are the first eight bytes, big-endian. What these functions return is the
secret itself: it belongs in an engine's settings, never in a log.
"""

from __future__ import annotations

import hashlib
import re

from stillwatch.errors import BadSettings

__all__ = ["RAW", "engine_key", "engine_setting", "hashing_key", "layer_keys", "raw_key", "with_second_key"]

RAW = b"raw:"
"""Before layer keys that were set by hand; no derived key is as long as what follows."""

_BYTES = 32


def engine_key(key: bytes) -> int:
    """The 64-bit key of vLLM (`--watermark-config '{"key": ...}'`) and of SGLang."""
    _require_length(key)
    return int.from_bytes(key[:8])


def hashing_key(key: bytes) -> int:
    """Hugging Face's `hashing_key`: 63 bits, because torch multiplies it as a signed number."""
    value = engine_key(key) & 0x7FFFFFFFFFFFFFFF
    if value == 0:
        raise BadSettings("this Hugging Face hashing key is 0, under which all green lists are one; take another.")
    return value


def layer_keys(key: bytes, depth: int) -> list[int]:
    """SynthID's `keys`, one a layer: 63 bits each from SHA-256 of the key and the layer, or those set by hand."""
    if key.startswith(RAW) and len(key) != _BYTES:
        packed = key[len(RAW) :]
        if len(packed) != 8 * depth:
            raise BadSettings(f"SynthID has {len(packed) // 8} layer keys here, but its scheme says depth={depth}.")
        return [int.from_bytes(packed[i : i + 8], signed=True) for i in range(0, len(packed), 8)]
    _require_length(key)
    digests = (hashlib.sha256(b"hf-synthid layer %d:" % layer + key).digest() for layer in range(depth))
    return [int.from_bytes(digest[:8]) >> 1 for digest in digests]


def engine_setting(scheme: str, key: bytes) -> int | str | list[int]:
    """What to write into the engine's settings for a scheme's name: vLLM `key`, SGLang `watermark.key` (hex digits),
    Hugging Face `hashing_key` or SynthID `keys`."""
    from stillwatch.provenance.watermark.schemes import scheme_named

    kind = scheme.partition(":")[0]
    if kind == "sglang-gumbel":
        return f"{engine_key(key):016x}"
    if kind in ("vllm-gumbel", "vllm-dual-gumbel"):
        return engine_key(key)
    if kind == "hf-kgw":
        return hashing_key(key)
    if kind == "hf-synthid":
        return layer_keys(key, int(getattr(scheme_named(scheme), "depth", 0)))
    raise BadSettings(f"{scheme!r} is not an engine's scheme: nothing to set in an engine.")


def raw_key(scheme: str, text: str) -> bytes:
    """A key that was set in an engine by hand, as bytes for `Scheme.values`. vLLM and Hugging Face KGW: a number
    (0x… for hex); SGLang: hex digits, with `A:B` key B too; SynthID: numbers with commas between."""
    kind, text = scheme.partition(":")[0], text.strip()
    if kind == "sglang-gumbel":
        parts = text.split(":")
        if len(parts) > 2 or not all(re.fullmatch(r"(0[xX])?[0-9a-fA-F]{1,16}", part) for part in parts):
            raise BadSettings("an SGLang key is 1 to 16 hex digits, or two such with a colon between: A:B.")
        return b"".join(int(part, 16).to_bytes(8) for part in parts).ljust(_BYTES, b"\0")
    if kind == "hf-synthid":
        numbers = [_number(part, "a SynthID layer key", -(2**63), 2**63) for part in text.strip("[]").split(",")]
        return RAW + b"".join(number.to_bytes(8, signed=True) for number in numbers)
    limits = {"vllm-gumbel": 2**64, "vllm-dual-gumbel": 2**64, "hf-kgw": 2**63}
    if kind not in limits:
        raise BadSettings(f"{kind!r} takes no engine's key; those that do: {', '.join(sorted(_ENGINES))}.")
    return _number(text, f"a key of {kind}", 0, limits[kind]).to_bytes(8).ljust(_BYTES, b"\0")


def with_second_key(key: bytes, server: bytes) -> bytes:
    """SGLang with key B: key A is the request's, key B the server's own key A's place in its 32 bytes."""
    _require_length(key)
    _require_length(server)
    return key[:8] + server[:8] + bytes(_BYTES - 16)


_ENGINES = ("vllm-gumbel", "vllm-dual-gumbel", "sglang-gumbel", "hf-kgw", "hf-synthid")


def _number(text: str, what: str, low: int, high: int) -> int:
    try:
        value = int(text.strip(), 0)
    except ValueError:
        raise BadSettings(f"{what} is a whole number, such as 123 or 0x7b.") from None
    if not low <= value < high:
        raise BadSettings(f"{what} is out of its range of {low} to {high - 1}.")
    return value


def _require_length(key: bytes) -> None:
    if len(key) != _BYTES:
        raise BadSettings(f"a key has {_BYTES} bytes, not {len(key)}: derive it, or make it with raw_key.")
