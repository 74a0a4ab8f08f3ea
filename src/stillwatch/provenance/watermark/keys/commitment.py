"""A public promise, made before any test: these keys, in this order, tried by this plan, fixed at this time.

The file shows no key and no name. Each leaf is SHA-256 over the key's id and a second key derived from it, so a leaf
binds the key and does not help to guess whose it is. `root` binds everything; it is the one value to publish.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import msgspec

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.marks import CommitmentCheck
from stillwatch.provenance.watermark.keys.derivation import commitment_key, derive_all
from stillwatch.provenance.watermark.keys.master import Master
from stillwatch.provenance.watermark.keys.merkle import leaf_hash, tree_root
from stillwatch.provenance.watermark.keys.name import KeyName

__all__ = [
    "Commitment",
    "Plan",
    "check",
    "check_file",
    "commit",
    "key_leaf",
    "read_commitment",
    "read_public",
    "sealed",
    "utc_text",
    "write_json",
]


class _Dated(Protocol):
    @property
    def committed_at(self) -> datetime: ...


Dated = TypeVar("Dated", bound=_Dated)

_HEAD = b"\x02stillwatch watermark commitment 1"


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What will be tested and how: the schemes, the weight of a pair (by name), the level of significance of the whole
    family, and the SHA-256 of files that must be fixed too, such as the table of cohorts ({name: hash})."""

    schemes: tuple[str, ...]
    weight: str
    level: float
    files: dict[str, str] = {}
    note: str = ""

    def __post_init__(self) -> None:
        if not self.schemes or not self.weight or not 0 < self.level < 1:
            raise BadInput("plan: names at least one scheme, a weight, and a level between 0 and 1.")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


class Commitment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public file. `root` is published; `tree` is the Merkle root over `leaves`, one a key, in register order."""

    format: Literal["stillwatch watermark commitment 1"] = "stillwatch watermark commitment 1"
    root: str
    committed_at: datetime
    keys: int
    tree: str
    plan_sha256: str
    plan: Plan
    leaves: tuple[str, ...]


def commit(master: Master, names: Sequence[KeyName], plan: Plan, at: datetime) -> Commitment:
    """Commit to these keys, in this order. `at` is now: a later test is checked against it."""
    if not names:
        raise BadSettings("there is no key to commit to. Add keys to the register first.")
    if len(set(names)) < len(names):
        raise BadSettings("a key is named twice; each is committed to once.")
    if at.tzinfo is None:
        raise BadSettings("the time of a commitment needs its zone.")
    at = at.astimezone(UTC).replace(microsecond=0)
    leaves = _leaves(master, names)
    tree = tree_root(leaves)
    return Commitment(
        root=sealed(tree, len(leaves), at, plan.sha256),
        committed_at=at,
        keys=len(leaves),
        tree=tree.hex(),
        plan_sha256=plan.sha256,
        plan=plan,
        leaves=tuple(leaf.hex() for leaf in leaves),
    )


def check(
    commitment: Commitment,
    master: Master,
    names: Sequence[KeyName],
    *,
    tested_at: datetime,
    tested: Collection[str] | None = None,
    plan: Plan | None = None,
    published: str | None = None,
) -> CommitmentCheck:
    """Whether the keys of a test are those committed to before it.

    `names`: the whole register, in its order. `tested`: ids of the keys that the test tried, all of `names` if not
    given; keys that came into the register later must not be among them. `plan` and `published` (the root as it was
    published) are compared where given. The text names every fault.
    """
    faults = _faults_of_file(commitment) + _faults_of_time(commitment, tested_at)
    if published is not None and published.strip().lower() != commitment.root:
        faults.append("The root is not the one that was published.")
    if plan is not None and plan.sha256 != commitment.plan_sha256:
        faults.append(
            f"The test does not follow the plan that was committed to: {_differences(commitment.plan, plan)}."
        )
    asked = {name.id for name in names} if tested is None else set(tested)
    faults += _faults_of_keys(commitment, master, names, asked)
    tried = f"All {len(asked):,} keys" if len(asked) == commitment.keys else f"The {len(asked):,} keys tried"
    holds = f"{tried} are among the {commitment.keys:,} committed to at {utc_text(commitment.committed_at)}."
    return _checked(commitment, faults, holds)


def check_file(commitment: Commitment, name: str, sha256: str, *, tested_at: datetime) -> CommitmentCheck:
    """Whether a file that a test followed is the one that the plan fixed under this name, before the test."""
    faults = _faults_of_file(commitment) + _faults_of_time(commitment, tested_at)
    fixed = commitment.plan.files.get(name)
    if fixed != sha256:
        faults.append(f"It fixed {'no file' if fixed is None else 'another file'} of {name}.")
    return _checked(commitment, faults, f"The {name} are those committed to at {utc_text(commitment.committed_at)}.")


def read_commitment(path: Path) -> Commitment:
    """Read the file. Whether it is whole is for `check` to say."""
    return read_public(path, Commitment, "commitment", "commit")


def read_public(path: Path, kind: type[Dated], what: str, writer: str) -> Dated:
    """A public file with a time in it, as `write_json` wrote it. `writer` is the command that makes such."""
    remedy = f"`stillwatch watermark keys {writer}` writes it."
    try:
        made = msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such file. {remedy}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}).") from None
    except (msgspec.DecodeError, UnicodeDecodeError, BadInput) as error:
        raise BadInput(f"{path}: is no {what} ({error}). {remedy}") from None
    if made.committed_at.tzinfo is None:
        raise BadInput(f"{path}: is no {what} (its time has no zone).")
    return made


def write_json(path: Path, value: msgspec.Struct) -> None:
    """Write a public file anew. A file that is there stays: what was published must not change under its name."""
    try:
        with path.open("xb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
    except FileExistsError:
        raise BadSettings(f"{path}: exists; what was published is not overwritten. Name a new file.") from None
    except OSError as error:
        raise BadSettings(f"{path}: cannot be written ({error.strerror}). Name another file.") from None


def key_leaf(key_id: str, second: bytes) -> bytes:
    """The leaf of a key: its id and the key that `commitment_key` made of it."""
    return leaf_hash(key_id.encode("ascii") + second)


def sealed(tree: bytes, keys: int, at: datetime, plan_sha256: str) -> str:
    """The value to publish: it binds the keys, their number, the time and the plan."""
    parts = (tree, struct.pack(">Q", keys), utc_text(at).encode(), plan_sha256.encode())
    return hashlib.sha256(_HEAD + b"".join(struct.pack(">I", len(part)) + part for part in parts)).hexdigest()


def utc_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _checked(commitment: Commitment, faults: list[str], holds: str) -> CommitmentCheck:
    return CommitmentCheck(
        root=commitment.root,
        committed_at=utc_text(commitment.committed_at),
        keys=commitment.keys,
        holds=not faults,
        text=" ".join(faults) or holds,
    )


def _leaves(master: Master, names: Sequence[KeyName]) -> list[bytes]:
    keys = derive_all(master, names)
    return [key_leaf(name.id, commitment_key(key)) for name, key in zip(names, keys, strict=True)]


def _faults_of_file(commitment: Commitment) -> list[str]:
    try:
        leaves = [bytes.fromhex(leaf) for leaf in commitment.leaves]
        sound = all(len(leaf) == 32 for leaf in leaves)
    except ValueError:
        leaves, sound = [], False
    tree = tree_root(leaves)
    sound = sound and len(leaves) == commitment.keys > 0 and tree.hex() == commitment.tree
    sound = sound and commitment.plan.sha256 == commitment.plan_sha256
    sound = sound and sealed(tree, commitment.keys, commitment.committed_at, commitment.plan_sha256) == commitment.root
    return [] if sound else ["The commitment's file was changed: its root does not follow from what it holds."]


def _faults_of_time(commitment: Commitment, tested_at: datetime) -> list[str]:
    made, tested = utc_text(commitment.committed_at), utc_text(tested_at)
    late = tested_at < commitment.committed_at
    return [f"The commitment was made at {made}, after the test at {tested}."] if late else []


def _faults_of_keys(
    commitment: Commitment, master: Master, names: Sequence[KeyName], asked: Collection[str]
) -> list[str]:
    recorded = list(commitment.leaves)
    made = [leaf.hex() for leaf in _leaves(master, names)]
    first, known, present = made[: len(recorded)], set(recorded), set(made)
    wrong = dict.fromkeys(i for i, leaf in enumerate(first) if leaf not in known)
    lost = dict.fromkeys(i for i, leaf in enumerate(recorded) if leaf not in present)
    faults = []
    if first and len(wrong) == len(first):
        return ["None of the keys is one that was committed to: this is another master or another register."]
    if changed := [i for i in wrong if i in lost]:
        faults.append(f"Not as committed to, the key or its name: {_some(names[i].id for i in changed)}.")
    if added := [i for i in wrong if i not in lost]:
        faults.append(f"Never committed to: {_some(names[i].id for i in added)}.")
    if missing := [i for i in lost if i not in wrong]:
        faults.append(f"Committed to, but missing here: {_some(f'number {i + 1}' for i in missing)}.")
    if not faults and first != recorded:
        at = next(i for i, (a, b) in enumerate(zip(first, recorded, strict=False)) if a != b)
        faults.append(f"The keys are not in the order committed to, from number {at + 1} on.")
    covered = {name.id for name, leaf in zip(names, made, strict=True) if leaf in known}
    covered |= {names[i].id for i in wrong}  # named above
    if late := [key_id for key_id in asked if key_id not in covered]:
        faults.append(f"Tested, but never committed to: {_some(sorted(late))}.")
    return faults


def _differences(committed: Plan, followed: Plan) -> str:
    parts = [part for part in committed.__struct_fields__ if getattr(committed, part) != getattr(followed, part)]
    return ", ".join(f"another {part.rstrip('s')}" for part in parts)


def _some(ids: object) -> str:
    every = list(ids)  # type: ignore[call-overload]
    return ", ".join(every[:5]) + (f" and {len(every) - 5:,} more" if len(every) > 5 else "")
