"""A Merkle tree as in RFC 6962: leaves and nodes are hashed apart, and no leaf is ever doubled to fill a level."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

__all__ = ["leaf_hash", "path_to", "root_by_path", "tree_root"]


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in their order. Of none: SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    # Pairing level by level, an odd one moving up alone, gives RFC 6962's split at the largest power of two.
    level = list(leaves)
    while len(level) > 1:
        pairs = [_node(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[2 * len(pairs) :]
    return level[0]


def path_to(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """The neighbours that lead from one leaf to the root, the nearest first."""
    if not 0 <= position < len(leaves):
        raise IndexError(f"no leaf {position} among {len(leaves)}")
    path, level = [], list(leaves)
    while len(level) > 1:
        if position ^ 1 < len(level):
            path.append(level[position ^ 1])
        pairs = [_node(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[2 * len(pairs) :]
        position //= 2
    return path


def root_by_path(leaf: bytes, position: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf at that position of `count` leads to, or None where the path has not the right length."""
    if not 0 <= position < count:
        return None
    rest, at = list(path), leaf
    while count > 1:
        if position ^ 1 < count:
            if not rest:
                return None
            neighbour = rest.pop(0)
            at = _node(neighbour, at) if position & 1 else _node(at, neighbour)
        position, count = position // 2, (count + 1) // 2
    return None if rest else at


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
