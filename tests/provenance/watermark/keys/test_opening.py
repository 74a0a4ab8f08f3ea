from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.watermark.keys import (
    Commitment,
    KeyName,
    Master,
    Opening,
    Plan,
    check_opening,
    commit,
    derive,
    open_key,
    read_opening,
)
from stillwatch.provenance.watermark.keys.commitment import write_json

Names = tuple[KeyName, ...]


@pytest.fixture
def made(master: Master, names: Names, at: datetime) -> Commitment:
    return commit(master, names, Plan(schemes=("kgw:gamma=0.25,width=1",), weight="anscombe", level=1e-6), at)


@pytest.fixture
def opening(made: Commitment, master: Master, names: Names) -> Opening:
    return open_key(made, master, names[4])


def test_any_one_key_is_proved_without_the_master(made: Commitment, master: Master, names: Names) -> None:
    for number, name in enumerate(names, 1):
        found = check_opening(open_key(made, master, name), published=made.root)
        assert found.holds and f"Key {name.id} was number {number} of the 7 keys" in found.text


def test_it_shows_one_name_and_no_key(
    opening: Opening, master: Master, names: Names, shown: Callable[[bytes, str], bool]
) -> None:
    text = msgspec.json.encode(opening).decode()
    assert not any(shown(derive(master, name), text) for name in names)
    assert [name.account for name in names if name.account and f'"{name.account}"' in text] == [names[4].account]


def test_the_key_itself_is_compared_where_it_is_shown(
    opening: Opening, made: Commitment, master: Master, names: Names, at: datetime
) -> None:
    assert check_opening(opening, published=made.root, key=derive(master, names[4])).holds
    wrong = check_opening(
        opening, published=made.root, key=derive(master, names[3]), tested_at=at - timedelta(seconds=1)
    )
    assert not wrong.holds and "not the one that was committed" in wrong.text and "after the test" in wrong.text


FORGERIES: list[dict[str, Any]] = [
    {"number": 4}, {"number": 0}, {"number": 8}, {"keys": 8}, {"keys": 0}, {"keys": 2**60}, {"proof": ()},
    {"proof": ("zz",)}, {"proof": ("00",)}, {"commitment_key": "00" * 32}, {"commitment_key": "00"},
    {"committed_at": datetime.fromisoformat("2026-01-01T00:00:00Z")}, {"root": "00" * 32},
    {"plan": Plan(schemes=("s",), weight="w", level=0.05)},
    {"name": KeyName(provider="p", scheme="kgw:gamma=0.25,width=1", epoch="2026-11", cohort="C-1", account="a9")},
]  # fmt: skip


@pytest.mark.parametrize("forged", FORGERIES, ids=lambda change: "-".join(change))
def test_a_forged_opening_fails(opening: Opening, made: Commitment, forged: dict[str, Any]) -> None:
    found = check_opening(msgspec.structs.replace(opening, **forged), published=made.root)
    assert not found.holds and "does not lead to the published root" in found.text


def test_a_root_of_ones_own_is_not_the_published_one(
    opening: Opening, master: Master, names: Names, at: datetime
) -> None:
    own = commit(master, [*names, msgspec.structs.replace(names[0], cohort="X")], opening.plan, at)
    assert not check_opening(open_key(own, master, names[4]), published=opening.root).holds
    assert not check_opening(opening, published=own.root).holds


def test_a_key_that_was_not_committed_to(made: Commitment, master: Master, names: Names) -> None:
    with pytest.raises(BadSettings, match="not in this commitment"):
        open_key(made, master, msgspec.structs.replace(names[0], epoch="2027-01"))


def test_the_file(opening: Opening, tmp_path: Path) -> None:
    write_json(tmp_path / "o.json", opening)
    assert read_opening(tmp_path / "o.json") == opening
    with pytest.raises(NothingToRead):
        read_opening(tmp_path / "absent.json")
    for bad in (b"{}", b"\xff\xff", (tmp_path / "o.json").read_bytes().replace(b":00Z", b":00")):
        (tmp_path / "bad.json").write_bytes(bad)
        with pytest.raises(BadInput, match=r"bad\.json: is no opening"):
            read_opening(tmp_path / "bad.json")
