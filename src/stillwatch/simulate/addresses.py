"""Networks made for the world: prefixes by region, shared egresses, tunnels, proxy pools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.simulate.places import COUNTRIES, Geography

__all__ = ["Network"]

PEOPLE_PER_PREFIX = 25  # a /24 of an access network holds about so many customers of one provider
SIX_SHARE = 0.06
# First octets that hold private, documentation, multicast, benchmark or shared space are left out whole.
_RESERVED = {0, 10, 100, 127, 169, 172, 192, 198, 203}
_FIRST_OCTETS = np.array([octet for octet in range(1, 224) if octet not in _RESERVED])
_HOSTS = pa.array([str(host) for host in range(256)])

Index = npt.NDArray[np.int64]


class Network:
    """All prefixes of the world, and pools of them. A pool is what one account's requests come from.

    Pool i of the first `len(region_prefix)` pools is prefix i alone: the home network of a household.
    """

    def __init__(self, rng: np.random.Generator, geography: Geography, people: int):
        self._rng = rng
        self._taken: set[str] = set()
        self._text: list[str] = []
        self._country: list[int] = []
        self._asn: list[int] = []
        self._pools: list[list[int]] = []
        providers = rng.choice(np.arange(3_000, 60_000), size=(len(COUNTRIES), 3), replace=False)
        counts = np.maximum(1, np.round(people * geography.weight / PEOPLE_PER_PREFIX)).astype(np.int64)
        self.region_start: Index = np.concatenate([[0], np.cumsum(counts)])
        self.region_prefix: Index = np.repeat(np.arange(len(counts)), counts)
        for region in self.region_prefix:
            country = int(geography.country[region])
            asn = int(providers[country, int(region) % 3])
            self.pool([self.prefix(country, asn, six=bool(rng.random() < SIX_SHARE))])
        self.mobile: Index = np.array(
            [
                self.pool([self.prefix(index, int(providers[index, 0])) for _ in range(4)])
                for index in range(len(COUNTRIES))
            ]
        )

    def prefix(self, country: int, asn: int | None = None, *, six: bool = False) -> int:
        """A new /24 (or /48) in a country; without `asn` it is the only prefix of its own network."""
        while True:
            first, second, third = self._rng.choice(_FIRST_OCTETS), self._rng.integers(256), self._rng.integers(256)
            text = f"{first}.{second}.{third}."
            if six:
                text = f"2a{first % 16:02x}:{second:x}{third:02x}:{self._rng.integers(1, 65536):x}::"
            if text not in self._taken:
                break
        self._taken.add(text)
        self._text.append(text)
        self._country.append(country)
        self._asn.append(int(self._rng.integers(61_000, 64_000)) if asn is None else asn)
        return len(self._text) - 1

    def pool(self, prefixes: Sequence[int]) -> int:
        """The number of a new pool of prefixes, used in equal shares."""
        self._pools.append(list(prefixes))
        return len(self._pools) - 1

    def homes(self, regions: Index) -> Index:
        """A home network in each of the regions."""
        start = self.region_start[regions]
        return start + (self._rng.random(len(regions)) * (self.region_start[regions + 1] - start)).astype(np.int64)

    def prefixes_of(self, pools: Index) -> Index:
        """The first prefix of each pool."""
        return np.array([self._pools[int(pool)][0] for pool in pools], dtype=np.int64)

    def settle(self) -> None:
        """Freeze the pools; called once, when the population is complete."""
        sizes = np.array([len(pool) for pool in self._pools])
        self._pool_size = sizes
        self._pool_start = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        self._pool_items = np.concatenate([np.array(pool, dtype=np.int64) for pool in self._pools])
        self._texts = pa.array(self._text)
        self._codes = pa.array([COUNTRIES[index].code for index in self._country])
        self._asns = np.array(self._asn, dtype=np.int32)

    def draw(self, pools: Index, choice: npt.NDArray[np.float64]) -> Index:
        """The prefix of each request, from its pool by a number in [0, 1)."""
        prefix: Index = self._pool_items[self._pool_start[pools] + (choice * self._pool_size[pools]).astype(np.int64)]
        return prefix

    def addresses(self, prefixes: Index, hosts: Index) -> pa.Array:
        """Addresses as text from prefixes and host numbers 1 … 254."""
        return pc.binary_join_element_wise(self._texts.take(pa.array(prefixes)), _HOSTS.take(pa.array(hosts)), "")

    def countries(self, prefixes: Index) -> pa.Array:
        """ISO codes of the prefixes' countries."""
        return self._codes.take(pa.array(prefixes))

    def systems(self, prefixes: Index) -> npt.NDArray[Any]:
        """Autonomous system numbers of the prefixes."""
        return self._asns[prefixes]
