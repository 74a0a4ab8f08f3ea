"""One key of a commitment, opened to a third party without showing the others.

An opening names the key and proves that it was committed to. It does not hold the key: whoever must also see that the
key of the test is the one behind the name is given the key, under seal, and `check_opening` compares it.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from stillwatch.errors import BadSettings
from stillwatch.marks import CommitmentCheck
from stillwatch.provenance.watermark.keys.commitment import (
    Commitment,
    Plan,
    key_leaf,
    read_public,
    sealed,
    utc_text,
)
from stillwatch.provenance.watermark.keys.derivation import commitment_key, derive
from stillwatch.provenance.watermark.keys.master import Master
from stillwatch.provenance.watermark.keys.merkle import path_to, root_by_path
from stillwatch.provenance.watermark.keys.name import KeyName

__all__ = ["Opening", "check_opening", "open_key", "read_opening"]


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` counts from 1. `proof` are the neighbours on the way to the Merkle root, the nearest first."""

    format: Literal["stillwatch watermark opening 1"] = "stillwatch watermark opening 1"
    root: str
    committed_at: datetime
    keys: int
    plan: Plan
    number: int
    name: KeyName
    commitment_key: str
    proof: tuple[str, ...]


def open_key(commitment: Commitment, master: Master, name: KeyName) -> Opening:
    """Open one key. Raises BadSettings where it was not committed to."""
    second = commitment_key(derive(master, name))
    leaf = key_leaf(name.id, second).hex()
    if leaf not in commitment.leaves:
        raise BadSettings(f"key {name.id} is not in this commitment, or this is another master.")
    position = commitment.leaves.index(leaf)
    proof = path_to([bytes.fromhex(one) for one in commitment.leaves], position)
    return Opening(
        root=commitment.root,
        committed_at=commitment.committed_at,
        keys=commitment.keys,
        plan=commitment.plan,
        number=position + 1,
        name=name,
        commitment_key=second.hex(),
        proof=tuple(one.hex() for one in proof),
    )


def check_opening(
    opening: Opening, *, published: str, tested_at: datetime | None = None, key: bytes | None = None
) -> CommitmentCheck:
    """Whether that key was among those whose root was `published`; and, where given, that the test came later and that
    `key` is the very one. Needs neither the master nor the register."""
    faults = []
    if not _leads_to(opening, published.strip().lower()):
        faults.append("The proof does not lead to the published root.")
    if tested_at is not None and tested_at < opening.committed_at:
        faults.append(f"The commitment was made after the test at {utc_text(tested_at)}.")
    if key is not None and not hmac.compare_digest(commitment_key(key).hex(), opening.commitment_key):
        faults.append("The key is not the one that was committed to.")
    shown = f"Key {opening.name.id} was number {opening.number:,} of the {opening.keys:,} keys committed to."
    return CommitmentCheck(
        root=published.strip().lower(),
        committed_at=utc_text(opening.committed_at),
        keys=opening.keys,
        holds=not faults,
        text=" ".join(faults) or shown,
    )


def read_opening(path: Path) -> Opening:
    return read_public(path, Opening, "opening", "open")


def _leads_to(opening: Opening, published: str) -> bool:
    try:
        second = bytes.fromhex(opening.commitment_key)
        proof = [bytes.fromhex(one) for one in opening.proof]
    except ValueError:
        return False
    if len(second) != 32 or any(len(one) != 32 for one in proof) or not 0 < opening.keys < 1 << 40:
        return False
    tree = root_by_path(key_leaf(opening.name.id, second), opening.number - 1, opening.keys, proof)
    if tree is None:
        return False
    return sealed(tree, opening.keys, opening.committed_at, opening.plan.sha256) == published == opening.root
