"""Probes and sets of probes: what is asked, where it came from, and the hash that freezes it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

__all__ = ["STRATA", "Half", "Probe", "ProbeSet", "commitment", "encoded", "prompt_id_of"]

Half = Literal["published", "secret", "own"]

# Name of each stratum and how many probes of it each half of a whole set holds: 300 in each half, 600 in all.
STRATA: dict[str, int] = {
    "neutral": 60,
    "refusals": 60,
    "failures": 50,
    "code": 40,
    "errors": 25,
    "reasoning": 20,
    "identity": 10,
    "multilingual": 25,
    "repeats": 10,
}


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `repeat` is how often each model is asked it: more than once only to learn the noise floor."""

    prompt_id: str
    stratum: str
    half: Half
    prompt: str
    repeat: int = 1


class ProbeSet(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen set. `sha256` is that of the file `stillwatch provenance probes` writes: `sha256sum` checks it."""

    name: str
    probes: tuple[Probe, ...]

    @property
    def sha256(self) -> str:
        return commitment(self.probes)

    @property
    def strata(self) -> dict[str, int]:
        """Probes of each stratum, in the order in which strata first come."""
        return dict(Counter(probe.stratum for probe in self.probes))


def prompt_id_of(stratum: str, prompt: str) -> str:
    """Bound to the words: the same question has the same id in every set, and another question never has it."""
    return f"{stratum}-{hashlib.sha256(prompt.encode()).hexdigest()[:12]}"


def encoded(probes: Iterable[Probe]) -> bytes:
    """JSON Lines, one probe a line, fields in fixed order, UTF-8: the bytes that are hashed and written."""
    return b"".join(msgspec.json.encode(probe) + b"\n" for probe in probes)


def commitment(probes: Iterable[Probe]) -> str:
    """SHA-256 in hexadecimal. Made public before the suspect is asked, it shows that no probe was picked afterwards."""
    return hashlib.sha256(encoded(probes)).hexdigest()
