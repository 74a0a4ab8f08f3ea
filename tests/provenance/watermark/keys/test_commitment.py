from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.watermark.keys import (
    Commitment,
    KeyName,
    Master,
    Plan,
    check,
    check_file,
    commit,
    commitment_key,
    derive_all,
    read_commitment,
)
from stillwatch.provenance.watermark.keys.commitment import sealed, write_json
from stillwatch.provenance.watermark.keys.merkle import leaf_hash, tree_root

Names = tuple[KeyName, ...]
PLAN = Plan(schemes=("kgw:gamma=0.25,width=1",), weight="anscombe", level=1e-6, files={"cohorts": "00" * 32})
HOUR = timedelta(hours=1)


@pytest.fixture
def made(master: Master, names: Names, at: datetime) -> Commitment:
    return commit(master, names, PLAN, at)


def another(name: KeyName) -> KeyName:
    return msgspec.structs.replace(name, account="another")


def test_it_holds(made: Commitment, master: Master, names: Names, at: datetime) -> None:
    found = check(made, master, names, tested_at=at + HOUR, plan=PLAN, published=f" {made.root.upper()}\n")
    assert found.holds and found.root == made.root and found.keys == 7
    assert found.committed_at == "2026-11-20T10:00:00Z"
    assert found.text == "All 7 keys are among the 7 committed to at 2026-11-20T10:00:00Z."


def test_a_file_is_the_one_that_was_fixed_before(made: Commitment, at: datetime) -> None:
    good = check_file(made, "cohorts", "00" * 32, tested_at=at + HOUR)
    assert good.holds and good.root == made.root
    assert good.text == "The cohorts are those committed to at 2026-11-20T10:00:00Z."
    for name, sha256, tested, word in (
        ("cohorts", "11" * 32, HOUR, "another file of cohorts"),
        ("canaries", "00" * 32, HOUR, "no file of canaries"),
        ("cohorts", "00" * 32, -HOUR, "after the test"),
    ):
        bad = check_file(made, name, sha256, tested_at=at + tested)
        assert not bad.holds and word in bad.text
    changed = msgspec.structs.replace(made, plan=msgspec.structs.replace(PLAN, files={"cohorts": "11" * 32}))
    assert "was changed" in check_file(changed, "cohorts", "11" * 32, tested_at=at + HOUR).text


def test_leaves_bind_id_and_key_and_the_root_binds_the_rest(
    made: Commitment, master: Master, names: Names, at: datetime
) -> None:
    keys = derive_all(master, names)
    leaves = [leaf_hash(n.id.encode() + commitment_key(k)) for n, k in zip(names, keys, strict=True)]
    assert made.leaves == tuple(leaf.hex() for leaf in leaves)
    assert made.plan_sha256 == hashlib.sha256(msgspec.json.encode(PLAN, order="deterministic")).hexdigest()
    assert made.root == sealed(tree_root(leaves), 7, at, made.plan_sha256)
    others = [
        sealed(tree_root(leaves), 8, at, made.plan_sha256),
        sealed(tree_root(leaves), 7, at + timedelta(seconds=1), made.plan_sha256),
        sealed(tree_root(leaves), 7, at, "0" * 64),
        sealed(tree_root(leaves[::-1]), 7, at, made.plan_sha256),
    ]
    assert len({made.root, *others}) == 5
    elsewhere = at.astimezone(timezone(timedelta(hours=9)))
    assert commit(master, names, PLAN, elsewhere).root == made.root


def test_the_file_shows_no_key_and_no_name(
    made: Commitment, master: Master, names: Names, shown: Callable[[bytes, str], bool], secret: Callable[[int], bytes]
) -> None:
    text = msgspec.json.encode(made).decode()
    for key in (secret(0), *derive_all(master, names), *map(commitment_key, derive_all(master, names))):
        assert not shown(key, text)
    assert not any(name.id in text for name in names)


Change = Callable[[Names], Names]
CHANGES: list[tuple[str, Change, str]] = [
    ("changed", lambda n: (*n[:2], another(n[2]), *n[3:]), "Not as committed to, the key or its name: "),
    ("missing", lambda n: (*n[:2], *n[3:]), "Committed to, but missing here: number 3"),
    ("missing last", lambda n: n[:-1], "Committed to, but missing here: number 7"),
    ("added", lambda n: (*n, another(n[2])), "Tested, but never committed to: "),
    ("slipped in", lambda n: (*n[:3], another(n[2]), *n[3:]), "Never committed to: "),
    ("re-ordered", lambda n: (n[1], n[0], *n[2:]), "not in the order committed to, from number 1"),
    ("doubled", lambda n: (*n[:-1], n[0]), "Committed to, but missing here: number 7"),
    ("none", lambda n: (), "Committed to, but missing here: number 1, number 2"),
]


@pytest.mark.parametrize(("change", "why"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES])
def test_other_keys_than_those_committed_to(
    made: Commitment, master: Master, names: Names, at: datetime, change: Change, why: str
) -> None:
    found = check(made, master, change(names), tested_at=at + HOUR)
    assert not found.holds and why in found.text
    if "another" in str(change(names)):
        assert another(names[2]).id in found.text


def test_another_master(made: Commitment, names: Names, at: datetime, secret: Callable[[int], bytes]) -> None:
    found = check(made, Master(secret(1)), names, tested_at=at + HOUR)
    assert not found.holds and "another master" in found.text


def test_keys_that_came_later_harm_only_where_they_are_tested(
    made: Commitment, master: Master, names: Names, at: datetime
) -> None:
    grown = (*names, another(names[2]))
    few = [name.id for name in names[2:]]
    found = check(made, master, grown, tested_at=at + HOUR, tested=few)
    assert found.holds and found.text.startswith("The 5 keys tried are among the 7 committed to")
    late = check(made, master, grown, tested_at=at + HOUR, tested=[*few, grown[-1].id])
    assert not late.holds and late.text == f"Tested, but never committed to: {grown[-1].id}."
    unknown = check(made, master, names, tested_at=at + HOUR, tested=["0" * 16])
    assert not unknown.holds and "Tested, but never committed to" in unknown.text


def test_a_commitment_made_after_the_test(made: Commitment, master: Master, names: Names, at: datetime) -> None:
    assert check(made, master, names, tested_at=at).holds
    found = check(made, master, names, tested_at=at - timedelta(seconds=1))
    assert not found.holds and "after the test at 2026-11-20T09:59:59Z" in found.text


def test_another_plan_or_another_root(made: Commitment, master: Master, names: Names, at: datetime) -> None:
    plan = msgspec.structs.replace(PLAN, level=1e-3, weight="residual")
    found = check(made, master, names, tested_at=at, plan=plan, published="00" * 32)
    assert not found.holds
    assert "another weight, another level" in found.text and "not the one that was published" in found.text


FORGERIES: list[dict[str, object]] = [
    {"committed_at": datetime.fromisoformat("2026-01-01T00:00:00Z")}, {"keys": 8}, {"keys": 6}, {"root": "00" * 32},
    {"tree": "00" * 32}, {"plan_sha256": "00" * 32}, {"plan": Plan(schemes=("s",), weight="w", level=0.05)},
    {"leaves": ()}, {"leaves": ("zz",)}, {"leaves": ("00",) * 7},
]  # fmt: skip


@pytest.mark.parametrize("forged", FORGERIES, ids=lambda change: "-".join(change))
def test_a_file_that_was_changed(
    made: Commitment, master: Master, names: Names, at: datetime, forged: dict[str, object]
) -> None:
    found = check(msgspec.structs.replace(made, **forged), master, names, tested_at=at + HOUR)
    assert not found.holds and "file was changed" in found.text


def test_nodes_offered_as_leaves_of_a_smaller_set(made: Commitment, master: Master, names: Names, at: datetime) -> None:
    four = commit(master, names[:4], PLAN, at)
    leaves = [bytes.fromhex(leaf) for leaf in four.leaves]
    nodes = [hashlib.sha256(b"\x01" + leaves[i] + leaves[i + 1]).digest().hex() for i in (0, 2)]
    short = msgspec.structs.replace(four, leaves=tuple(nodes), keys=2)
    assert tree_root([bytes.fromhex(node) for node in nodes]).hex() == four.tree
    found = check(short, master, names[:4], tested_at=at)
    assert not found.holds and "file was changed" in found.text


def test_what_cannot_be_committed_to(master: Master, names: Names, at: datetime) -> None:
    with pytest.raises(BadSettings, match="no key to commit to"):
        commit(master, [], PLAN, at)
    with pytest.raises(BadSettings, match="named twice"):
        commit(master, [*names, names[0]], PLAN, at)
    with pytest.raises(BadSettings, match="needs its zone"):
        commit(master, names, PLAN, at.replace(tzinfo=None))
    for level in (0.0, 1.0, float("nan")):
        with pytest.raises(BadInput, match="level between 0 and 1"):
            Plan(schemes=("s",), weight="w", level=level)


def test_the_file_is_public_written_once_and_read_whole(made: Commitment, tmp_path: Path) -> None:
    path = tmp_path / "commitment.json"
    write_json(path, made)
    assert read_commitment(path) == made
    with pytest.raises(BadSettings, match="not overwritten"):
        write_json(path, made)
    with pytest.raises(NothingToRead):
        read_commitment(tmp_path / "absent.json")
    for bad in (
        b"",
        b"[]",
        b"\xff",
        path.read_bytes().replace(b"1e-6", b"2"),
        path.read_bytes().replace(b":00Z", b":00"),
    ):
        (tmp_path / "bad.json").write_bytes(bad)
        with pytest.raises(BadInput, match=r"bad\.json: is no commitment"):
            read_commitment(tmp_path / "bad.json")
