"""The published half, frozen with this version: the same 300 probes for everybody, 50 of them for a short look."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec

from stillwatch.errors import BadInput
from stillwatch.provenance.probing.composition import PUBLIC_KEY, compose
from stillwatch.provenance.probing.questions import Probe, ProbeSet

__all__ = ["PUBLISHED_SHA256", "SHORT", "published_of", "short", "standard"]

# What `sha256sum published.jsonl` says. Answers to this set may be compared for as long as this line stands.
PUBLISHED_SHA256 = "946d22fdde5fdf60be80a56f0ef79b0d07848852972d615aadc9ae315774751c"

# Of each stratum, in proportion: 50 probes rank suspects nearly as well as 800 do.
SHORT = {
    "neutral": 10, "refusals": 10, "failures": 8, "code": 7, "errors": 5, "reasoning": 3, "identity": 2,
    "multilingual": 4, "repeats": 1,
}  # fmt: skip


@cache
def standard() -> ProbeSet:
    """The published half: 300 probes."""
    file = resources.files("stillwatch.provenance.probing") / "published.jsonl"
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != PUBLISHED_SHA256:
        raise BadInput("the published probes of this installation were changed. Install stillwatch again.")
    probes = msgspec.json.decode(b"[" + b",".join(data.splitlines()) + b"]", type=tuple[Probe, ...])
    return ProbeSet(name="stillwatch-1", probes=probes)


def published_of(sizes: Mapping[str, int]) -> tuple[Probe, ...]:
    """So many published probes of each stratum: the frozen ones first, and what the public key draws beyond them."""
    frozen: dict[str, list[str]] = {}
    for probe in standard().probes:
        frozen.setdefault(probe.stratum, []).append(probe.prompt)
    given = {stratum: tuple(prompts) for stratum, prompts in frozen.items()}
    return compose(PUBLIC_KEY, "published", sizes, given=given)


def short() -> ProbeSet:
    """50 of the published probes, evenly out of each stratum: written by hand and drawn ones."""
    probes = standard().probes
    chosen: list[Probe] = []
    for stratum, count in SHORT.items():
        own = [probe for probe in probes if probe.stratum == stratum]
        chosen += (own[at * len(own) // count] for at in range(count))
    return ProbeSet(name="stillwatch-1-short", probes=tuple(chosen))
