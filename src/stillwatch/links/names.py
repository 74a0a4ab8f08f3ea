"""What a trait is called in front of an analyst: the value where it is text, else its hash."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.engines import Engine
from stillwatch.links.channels import CHANNELS

__all__ = ["TraitNames"]


class TraitNames:
    """What a trait is called in front of an analyst."""

    def __init__(self, engine: Engine):
        self._engine = engine

    def labels(self, traits: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """By (channel, value): the value as text, or a hash in hexadecimal."""
        named = {}
        wanted = ", ".join(f"({c}, {v})" for c, v in traits if CHANNELS[c].text)
        if wanted:
            rows = self._engine.fetch(
                f"SELECT l.channel AS channel, l.value AS value, l.label AS label FROM trait_labels AS l "
                f"JOIN (VALUES {wanted}) AS w(channel, value) ON w.channel = l.channel AND w.value = l.value"
            )
            named = {(r["channel"], r["value"]): r["label"] for r in rows.to_pylist()}
        for channel, value in traits:
            if CHANNELS[channel].name == "release":
                named[channel, value] = f"hour {value % 100_000} after the release"
            else:
                named.setdefault((channel, value), f"{value & 0xFFFFFFFFFFFFFFFF:016x}")
        return named
