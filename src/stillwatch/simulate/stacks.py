"""Client software: user agents with their TLS fingerprints, and the tuples of sampling parameters they send."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Parameters", "Stacks"]

_CLIENTS = (
    ("modelkit-python/{}.{}.{}", 14, True), ("modelkit-node/{}.{}.{}", 10, True), ("httpx/0.{}.{}.{}", 5, True),
    ("python-requests/2.{}.{}.{}", 5, True), ("axios/1.{}.{}.{}", 4, True), ("go-http-client/{}.{}.{}", 3, True),
    ("okhttp/4.{}.{}.{}", 3, True), ("chainlink-py/0.{}.{}.{}", 6, True), ("curl/8.{}.{}.{}", 3, True),
    ("java-http-client/{}.{}.{}", 3, True), ("node-fetch/3.{}.{}.{}", 3, True), ("aiohttp/3.{}.{}.{}", 5, True),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/1{}{}.0.{}.0", 8, False),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/60{}.{}.{}", 6, False),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:1{}{}.0) Firefox/1{}", 4, False),
    ("AssistantApp/5.{}.{}.{} (iPhone; iOS 18)", 6, False), ("AssistantApp/5.{}.{}.{} (Android 15)", 6, False),
)  # fmt: skip


class Stacks:
    """Pairs of user agent and TLS fingerprint, the commonest first in each of two families: SDK and app."""

    def __init__(self, rng: np.random.Generator):
        self._rng = rng
        self.agents: list[str] = []
        self.fingerprints: list[str] = []
        families: dict[bool, list[int]] = {True: [], False: []}
        for pattern, versions, library in _CLIENTS:
            prints = [self._fingerprint(library) for _ in range(2 if library else 3)]
            for version in rng.choice(np.arange(100, 999), size=versions, replace=False):
                agent = pattern.format(version // 100, version // 10 % 10, version % 10)
                families[library].append(self.add(agent, prints[int(rng.integers(len(prints)))]))
        self.library = rng.permutation(np.array(families[True]))
        self.app = rng.permutation(np.array(families[False]))

    def add(self, agent: str, fingerprint: str | None = None) -> int:
        """The number of a new pair; without a fingerprint it gets a new one of a library."""
        self.agents.append(agent)
        self.fingerprints.append(fingerprint or self._fingerprint(True))
        return len(self.agents) - 1

    def draw(self, n: int, *, library: bool) -> npt.NDArray[np.int64]:
        """Stacks of n people; popularity falls as in a Zipf law."""
        family = self.library if library else self.app
        weight = 1.0 / np.arange(1, len(family) + 1) ** 0.9
        return self._rng.choice(family, size=n, p=weight / weight.sum())

    def text(self) -> tuple[pa.Array, pa.Array]:
        """All user agents and all fingerprints, in the order of their numbers."""
        return pa.array(self.agents, pa.string()), pa.array(self.fingerprints, pa.string())

    def _fingerprint(self, library: bool) -> str:
        rng = self._rng
        head = f"t13d{rng.integers(8, 20):02d}{rng.integers(6, 18):02d}{'h1' if library else 'h2'}"
        return f"{head}_{rng.integers(16**12):012x}_{rng.integers(16**12):012x}"


class Parameters:
    """Tuples of (temperature, top_p, max_tokens, n, seed, stream, response_format); None means: not sent."""

    _TEMPERATURES = (None, None, 0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    _TOP_P = (None, None, None, None, 1.0, 0.9, 0.95, 0.8)
    _MAX_TOKENS = (None, None, 256, 300, 512, 800, 1000, 1024, 1500, 2000, 2048, 4000, 4096, 8192)

    def __init__(self, rng: np.random.Generator):
        self._rng = rng
        self._rows: list[tuple[float | None, float | None, int | None, int | None, int | None, bool, str | None]] = []
        self.app = self.add(stream=True)
        self.agent = self.add(max_tokens=32_000, stream=True)
        self.people = np.array([self._ordinary() for _ in range(400)])

    def add(
        self,
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        *,
        n: int | None = None,
        seed: int | None = None,
        stream: bool = False,
        response_format: str | None = None,
    ) -> int:
        """The number of a new tuple."""
        self._rows.append((temperature, top_p, max_tokens, n, seed, stream, response_format))
        return len(self._rows) - 1

    def harvest(self, longest: int = 0) -> int:
        """A tuple as harvesting scripts send it: fixed, and asking for much output."""
        rng = self._rng
        return self.add(
            temperature=float(rng.choice([0.6, 0.7, 0.8, 1.0])),
            top_p=[None, 0.95, 1.0][int(rng.integers(3))],
            max_tokens=longest or int(rng.choice([4096, 8192, 12_000, 16_000, 16_384, 32_000])),
        )

    def draw(self, n: int) -> npt.NDArray[np.int64]:
        """Tuples of n people who wrote their own few lines of code; popularity falls as in a Zipf law."""
        weight = 1.0 / np.arange(1, len(self.people) + 1) ** 0.8
        return self._rng.choice(self.people, size=n, p=weight / weight.sum())

    def column(self, place: int, kind: pa.DataType) -> pa.Array:
        """One place of all tuples, in the order of their numbers."""
        rows: Sequence[object] = [row[place] for row in self._rows]
        return pa.array(rows, kind)

    def _ordinary(self) -> int:
        rng = self._rng
        return self.add(
            self._TEMPERATURES[int(rng.integers(len(self._TEMPERATURES)))],
            self._TOP_P[int(rng.integers(len(self._TOP_P)))],
            self._MAX_TOKENS[int(rng.integers(len(self._MAX_TOKENS)))],
            n=1 if rng.random() < 0.1 else None,
            seed=int(rng.integers(1, 100)) if rng.random() < 0.05 else None,
            stream=bool(rng.random() < 0.45),
            response_format="json_object" if rng.random() < 0.12 else None,
        )
