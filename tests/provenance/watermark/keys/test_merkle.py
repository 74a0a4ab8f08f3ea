from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.watermark.keys.merkle import leaf_hash, path_to, root_by_path, tree_root

LEAVES = st.lists(st.binary(max_size=3), min_size=1, max_size=40).map(lambda data: [leaf_hash(d) for d in data])


def rfc6962(leaves: list[bytes]) -> bytes:
    """The root by the letter of the RFC: split at the largest power of two below the number of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + rfc6962(leaves[:split]) + rfc6962(leaves[split:])).digest()


@given(LEAVES)
@settings(max_examples=60, deadline=None)
def test_the_root_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    assert tree_root(leaves) == rfc6962(leaves)


def test_of_no_leaf() -> None:
    assert tree_root([]) == hashlib.sha256(b"").digest()
    with pytest.raises(IndexError):
        path_to([], 0)


@given(LEAVES, st.data())
@settings(max_examples=60, deadline=None)
def test_every_path_leads_to_the_root_and_to_no_other_place(leaves: list[bytes], data: st.DataObject) -> None:
    root, count = tree_root(leaves), len(leaves)
    position = data.draw(st.integers(0, count - 1))
    path = path_to(leaves, position)
    assert root_by_path(leaves[position], position, count, path) == root
    assert root_by_path(leaf_hash(b"another leaf"), position, count, path) != root
    assert root_by_path(leaves[position], position, count, [*path, root]) is None
    assert root_by_path(leaves[position], count, count, path) is None
    assert root_by_path(leaves[position], -1, count, path) is None
    if path:
        assert root_by_path(leaves[position], position, count, path[:-1]) is None
        assert root_by_path(leaves[position], position, count, [*path[:-1], leaf_hash(b"forged")]) != root


def test_a_leaf_that_is_doubled_to_fill_a_level_is_seen() -> None:
    """Trees that pad by doubling give [a, b, c] and [a, b, c, c] one root (CVE-2012-2459)."""
    leaves = [leaf_hash(bytes([i])) for i in range(7)]
    padded = [tree_root(leaves), tree_root([*leaves, leaves[-1]]), tree_root([*leaves, *leaves[-2:]])]
    assert len(set(padded)) == 3


def test_a_node_never_passes_for_a_leaf() -> None:
    """A second preimage by cutting the tree short: its nodes offered as the leaves of a smaller tree."""
    leaves = [leaf_hash(bytes([i])) for i in range(4)]
    nodes = [hashlib.sha256(b"\x01" + leaves[i] + leaves[i + 1]).digest() for i in (0, 2)]
    assert tree_root(nodes) == tree_root(leaves)  # hence the count is sealed beside the root ...
    inner = leaves[0] + leaves[1]
    assert leaf_hash(inner) != nodes[0]  # ... and no data hashes to a node as a leaf does
    assert leaf_hash(b"\x01" + inner) != nodes[0] and leaf_hash(inner[1:]) != nodes[0]
