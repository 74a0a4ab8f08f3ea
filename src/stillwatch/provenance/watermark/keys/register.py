"""Which keys there are, in which order they came, and what became of each: a file of JSON lines, only appended to."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.watermark.keys.name import KeyLevel, KeyName

__all__ = ["Entry", "KeyState", "Register", "Standing", "add_keys", "change_state", "read_register", "rotate"]

KeyState = Literal["active", "retired", "leaked", "destroyed"]

_ORDER: dict[str, int] = {"active": 0, "retired": 1, "leaked": 2, "destroyed": 3}


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line: since `at`, the key is in `state`. The first line of a key brings it in."""

    at: datetime
    state: KeyState
    id: str
    name: KeyName
    note: str = ""


@dataclass(frozen=True)
class Standing:
    """What a key may still be used for. `since` is when its state began, `added` when the key came in."""

    name: KeyName
    state: KeyState
    since: datetime
    added: datetime
    note: str = ""

    @property
    def marks(self) -> bool:
        """New answers may be marked with it."""
        return self.state == "active"

    @property
    def detects(self) -> bool:
        """Old answers may be looked for with it. What a retired key marked stays findable."""
        return self.state != "destroyed"

    @property
    def counts(self) -> bool:
        """A hit is evidence."""
        return self.state in ("active", "retired")

    @property
    def text(self) -> str:
        """Why a hit with this key counts less, or the empty text."""
        day = f"{self.since:%Y-%m-%d}"
        if self.state == "leaked":
            return f"Leaked, recorded on {day}: others may mark text with this key, so a hit is not evidence."
        if self.state == "destroyed":
            return f"Destroyed on {day}: nobody can test with this key any more."
        return ""


@dataclass(frozen=True)
class Register:
    """The keys in the order in which they came; that order is what a commitment fixes."""

    path: Path
    standings: tuple[Standing, ...]

    def __len__(self) -> int:
        return len(self.standings)

    @property
    def names(self) -> tuple[KeyName, ...]:
        return tuple(one.name for one in self.standings)

    @cached_property
    def by_id(self) -> dict[str, Standing]:
        return {one.name.id: one for one in self.standings}

    def get(self, key_id: str) -> Standing:
        """The key of that id, or of the one that begins so. Raises BadSettings where there is none or several."""
        if key_id in self.by_id:
            return self.by_id[key_id]
        found = [one for known, one in self.by_id.items() if key_id and known.startswith(key_id)]
        if len(found) != 1:
            many = "no key has" if not found else f"{len(found)} keys have"
            raise BadSettings(f"{self.path}: {many} this id. `stillwatch watermark keys list` shows them.")
        return found[0]

    def chosen(
        self,
        *,
        scheme: str | None = None,
        level: KeyLevel | None = None,
        epoch: str | None = None,
        cohort: str | None = None,
    ) -> tuple[Standing, ...]:
        """Keys that can be tested with (not the destroyed), in order; what is not given does not narrow."""
        wanted = {"scheme": scheme, "level": level, "epoch": epoch, "cohort": cohort}
        given = {part: value for part, value in wanted.items() if value is not None}
        return tuple(
            one
            for one in self.standings
            if one.detects and all(getattr(one.name, part) == value for part, value in given.items())
        )


def read_register(path: Path) -> Register:
    """Read the whole file. Raises BadInput naming the line that cannot be right."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            content = file.read()
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such register. `stillwatch watermark keys add` makes one.") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}).") from None
    return _parse(path, content)


def add_keys(path: Path, names: Iterable[KeyName], at: datetime, note: str = "") -> Register:
    """Bring keys in, all or none. A name that is there already is left as it is. Returns the new register."""

    def new(register: Register) -> list[Entry]:
        known = set(register.names)
        fresh = [name for name in dict.fromkeys(names) if name not in known]
        return [_entry(name, "active", at, note) for name in fresh]

    return _append(path, new, create=True)


def change_state(path: Path, key_ids: Sequence[str], state: KeyState, at: datetime, note: str = "") -> Register:
    """Record what became of keys. A state never goes back: a leaked key stays leaked."""

    def new(register: Register) -> list[Entry]:
        found = [one for one in dict.fromkeys(map(register.get, key_ids)) if one.state != state]
        for one in found:
            _check_step(str(path), one, state)
        return [_entry(one.name, state, at, note) for one in found]

    return _append(path, new)


def rotate(path: Path, epoch: str, at: datetime, note: str = "", *, names: Sequence[KeyName] = ()) -> Register:
    """A new epoch: every active key (or those of `names`) gets a successor and is retired. The old ones mark nothing
    more and stay in every test, so that old answers are not orphaned."""

    def new(register: Register) -> list[Entry]:
        asked = set(names)
        known = {one.name: one.marks for one in register.standings}
        old = [name for name, marks in known.items() if marks and name.epoch != epoch and (not asked or name in asked)]
        if not old:
            raise BadSettings(f"{path}: no active key is of another epoch than the new one. Name a new epoch.")
        fresh = dict.fromkeys(msgspec.structs.replace(name, epoch=epoch) for name in old)
        if used := sum(not known.get(name, True) for name in fresh):
            raise BadSettings(f"{path}: {used} keys of that epoch marked before and are retired. Name a new epoch.")
        entries = [_entry(name, "active", at, note) for name in fresh if name not in known]
        return entries + [_entry(name, "retired", at, note) for name in old]

    return _append(path, new)


def _entry(name: KeyName, state: KeyState, at: datetime, note: str) -> Entry:
    if at.tzinfo is None:
        raise BadSettings("register: a time needs its zone.")
    return Entry(at=at, state=state, id=name.id, name=name, note=note)


def _parse(path: Path, content: bytes) -> Register:
    found: dict[str, Standing] = {}
    decoder = msgspec.json.Decoder(Entry)
    if content and not content.endswith(b"\n"):
        raise BadInput(f"{path} line {content.count(10) + 1}: was cut off while it was written. Remove that line.")
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        try:
            entry = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, BadInput) as error:
            raise BadInput(f"{path} line {number}: is no key of a register ({error}).") from None
        if entry.at.tzinfo is None:
            raise BadInput(f"{path} line {number}: the time has no zone.")
        if entry.id != entry.name.id:
            raise BadInput(f"{path} line {number}: the id is not that of the name, so the line was changed.")
        before = found.get(entry.id)
        if before is not None and before.name != entry.name:
            raise BadInput(f"{path} line {number}: two names have one id. Rename the cohort or the account.")
        _check_step(f"{path} line {number}", before, entry.state)
        added = before.added if before else entry.at
        found[entry.id] = Standing(entry.name, entry.state, entry.at, added, entry.note)
    return Register(path, tuple(found.values()))


def _check_step(place: str, before: Standing | None, state: KeyState) -> None:
    if before is None:
        if state != "active":
            raise BadInput(f"{place}: a key comes in as active, not as {state}.")
    elif _ORDER[state] <= _ORDER[before.state]:
        raise BadInput(f"{place}: key {before.name.id} is {before.state} and cannot become {state}.")


def _append(path: Path, new: Callable[[Register], list[Entry]], *, create: bool = False) -> Register:
    """Append what `new` makes of the register, whole or not at all, while nobody else can."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0), 0o640)
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such register. `stillwatch watermark keys add` makes one.") from None
    except OSError as error:
        raise BadSettings(f"{path}: cannot be written ({error.strerror}).") from None
    with os.fdopen(handle, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.readall()
        added = b"".join(msgspec.json.encode(entry) + b"\n" for entry in new(_parse(path, content)))
        register = _parse(path, content + added)
        try:
            rest = memoryview(added)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(handle)
        except OSError as error:
            os.ftruncate(handle, len(content))
            raise BadSettings(f"{path}: cannot be written ({error.strerror}). It is as it was before.") from None
    return register
