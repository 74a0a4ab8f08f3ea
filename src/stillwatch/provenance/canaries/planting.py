"""The file of an account's canaries: made from its key, checked against it, worked into answers by the operator."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.canaries.invention import KINDS, Canary, Kind, invent
from stillwatch.provenance.watermark.keys import KeyName, derive_all, read_master

__all__ = ["SCHEME", "Planted", "canaries_of", "check_planted", "planted_hash", "read_planted", "write_planted"]

SCHEME = "canary"
"""The scheme's name in keys of canaries: a key that marks text never makes canaries."""
_MOST = 200


class Planted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the file. `key_id` names the key, whose bytes are nowhere in it."""

    key_id: str
    provider: str
    cohort: str
    account: str
    epoch: str
    number: int
    kind: Kind
    text: str
    core: str
    use: str


def canaries_of(name: KeyName, key: bytes, count: int, kinds: Sequence[Kind] = ()) -> list[Planted]:
    """The first `count` canaries of that key, of these kinds in turn (all, if none is named)."""
    if name.scheme != SCHEME:
        raise BadSettings(f"key {name.id} is for {name.scheme}; canaries have keys of scheme {SCHEME!r}.")
    if not 1 <= count <= _MOST:
        raise BadSettings(f"--count {count}: 1 to {_MOST} canaries an account.")
    chosen = tuple(dict.fromkeys(kinds)) or KINDS
    return [_planted(name, invent(key, number, chosen[number % len(chosen)])) for number in range(count)]


def _planted(name: KeyName, canary: Canary) -> Planted:
    return Planted(
        key_id=name.id, provider=name.provider, cohort=name.cohort, account=name.account, epoch=name.epoch,
        number=canary.number, kind=canary.kind, text=canary.text, core=canary.core, use=canary.use,
    )  # fmt: skip


def write_planted(path: Path, planted: Sequence[Planted]) -> None:
    """JSON lines. Never overwrites: canaries that are in use must stay findable."""
    try:
        with path.open("xb") as file:
            file.writelines(msgspec.json.encode(one) + b"\n" for one in planted)
    except FileExistsError:
        raise BadSettings(f"{path}: is there already, and what it lists may be in use. Choose another --out.") from None
    except OSError as error:
        raise BadSettings(f"{path}: cannot be written ({error.strerror}). Choose another --out.") from None


def read_planted(path: Path) -> list[Planted]:
    """The canaries of a file. Raises BadInput naming the line, NothingToRead where there is none."""
    lines = _bytes(path).split(b"\n")
    decoder = msgspec.json.Decoder(Planted)
    planted: list[Planted] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            planted.append(decoder.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise BadInput(f"{path}, line {number:,}: is no canary as `watermark canaries new` writes it.") from None
    if not planted:
        raise NothingToRead(f"{path}: lists no canary.")
    seen = {(one.key_id, one.kind, one.number) for one in planted}
    if len(seen) != len(planted):
        raise BadInput(f"{path}: lists a canary twice. Make the file anew.")
    return planted


def planted_hash(path: Path) -> str:
    """SHA-256 of the file as it lies there, which a commitment fixes: `sha256sum` tells the same."""
    return hashlib.sha256(_bytes(path)).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such file. Make one with: stillwatch watermark canaries new.") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}).") from None


def check_planted(path: Path, planted: Sequence[Planted], source: str) -> None:
    """Raises BadInput where a canary is not what its key makes, by the master at `source`: one that was picked
    afterwards proves nothing."""
    master = read_master(source)
    names = {
        one.key_id: KeyName(
            provider=one.provider, scheme=SCHEME, epoch=one.epoch, cohort=one.cohort, account=one.account
        )
        for one in planted
    }  # fmt: skip
    keys = dict(zip(names, derive_all(master, list(names.values())), strict=True))
    for one in planted:
        if names[one.key_id].id != one.key_id:
            raise BadInput(f"{path}: key {one.key_id} is not the key of the account that the file names.")
        made = invent(keys[one.key_id], one.number, one.kind)
        if (made.text, made.core) != (one.text, one.core):
            raise BadInput(f"{path}: canary {one.number} of key {one.key_id} is not the one that its key makes.")
