"""Keys for a serving process: the gateway names a key with each request, the process derives it from its own master.

Set for the engine: STILLWATCH_MARK_MASTER (file:PATH, env:NAME or kms:MODULE:FUNCTION), STILLWATCH_MARK_REGISTER (a
path) and, if wanted, STILLWATCH_MARK_POLICY (such as "delta=4,low_entropy=0.1"). A request carries only the public id
`stillwatch_key` and, if wanted, `stillwatch_delta`, put there by the gateway, which strips what clients send.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys.derivation import derive
from stillwatch.provenance.watermark.keys.master import Master, read_master
from stillwatch.provenance.watermark.keys.register import Register, Standing, read_register
from stillwatch.provenance.watermark.prf import halves
from stillwatch.provenance.watermark.samplers.marker import Marker
from stillwatch.provenance.watermark.samplers.metadata import MarkMetadata, metadata_of
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.schemes import scheme_named

__all__ = ["DELTA", "KEY", "Keyring", "Mark"]

KEY, DELTA = "stillwatch_key", "stillwatch_delta"
_MASTER, _REGISTER, _POLICY = "STILLWATCH_MARK_MASTER", "STILLWATCH_MARK_REGISTER", "STILLWATCH_MARK_POLICY"


@dataclass(frozen=True, eq=False)
class Mark:
    """How one request is marked; requests of one scheme and policy share a marker. Its repr shows no key."""

    marker: Marker
    metadata: MarkMetadata
    key: NDArray[np.uint64] = field(repr=False)


class Keyring:
    """`register` is read again whenever its file has changed: a key that was retired marks no new request."""

    def __init__(self, register: Path, master: str | Master | None = None, policy: Policy | None = None) -> None:
        self._path = register
        self._master = master
        self.policy = policy or Policy()
        self._changed: tuple[int, int] | None = None
        self._register: Register | None = None
        self._made: dict[tuple[str, Policy], Mark] = {}
        self._markers: dict[tuple[str, Policy], Marker] = {}

    @classmethod
    def from_environment(cls) -> Keyring:
        """Raises BadSettings where a variable is missing."""
        if missing := [name for name in (_MASTER, _REGISTER) if not os.environ.get(name)]:
            raise BadSettings(f"{' and '.join(missing)}: not set. The engine needs it to mark answers.")
        policy = Policy.parsed(os.environ.get(_POLICY, ""))
        return cls(Path(os.environ[_REGISTER]), os.environ[_MASTER], policy)

    def __repr__(self) -> str:
        return f"Keyring({str(self._path)!r})"

    def register(self) -> Register:
        status = self._path.stat() if self._path.exists() else None
        changed = (status.st_mtime_ns, status.st_size) if status else None
        if self._register is None or changed != self._changed:
            self._register, self._changed = read_register(self._path), changed
            self._made.clear()
        return self._register

    def kinds(self) -> set[str]:
        """The kinds of scheme among the keys that mark and that our samplers know."""
        schemes = (one.name.scheme.partition(":")[0] for one in self.register().standings if one.marks)
        return {kind for kind in schemes if kind in ("kgw", "gumbel")}

    def checked(self, arguments: Mapping[str, Any] | None) -> tuple[Standing, Policy] | None:
        """The key and policy that a request asks for, None where it asks for none. Needs no master."""
        asked = (arguments or {}).get(KEY)
        if asked is None:
            return None
        standing = self.register().by_id.get(asked) if isinstance(asked, str) else None
        if standing is None:
            raise BadSettings(f"{KEY}: the register has no key of this id.")
        if not standing.marks:
            raise BadSettings(f"{KEY}: key {standing.name.id} is {standing.state} and marks no more.")
        delta = (arguments or {}).get(DELTA)
        if delta is None:
            return standing, self.policy
        if isinstance(delta, bool) or not isinstance(delta, int | float):
            raise BadSettings(f"{DELTA}: is a number of nats.")
        return standing, replace(self.policy, delta=float(delta))

    def mark(self, arguments: Mapping[str, Any] | None) -> Mark | None:
        """How a request with these extra arguments is marked. Raises BadSettings."""
        found = self.checked(arguments)
        if found is None:
            return None
        standing, policy = found
        known = self._made.get((standing.name.id, policy))
        if known is None:
            if not isinstance(self._master, Master):
                self._master = read_master(self._master or "")
            key = np.array(halves(derive(self._master, standing.name)), np.uint64)
            marker = self._markers.setdefault(
                (standing.name.scheme, policy), Marker(scheme_named(standing.name.scheme), policy)
            )
            known = Mark(marker, metadata_of(standing.name, policy), key)
            self._made[standing.name.id, policy] = known
        return known
