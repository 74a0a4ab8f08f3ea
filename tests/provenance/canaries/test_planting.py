from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.canaries.planting import (
    SCHEME,
    canaries_of,
    check_planted,
    planted_hash,
    read_planted,
    write_planted,
)
from stillwatch.provenance.watermark.keys import KeyName, derive, new_master, read_master


@pytest.fixture
def source(tmp_path: Path) -> str:
    new_master(tmp_path / "master")
    return f"file:{tmp_path / 'master'}"


NAME = KeyName(provider="p", scheme=SCHEME, epoch="2026", cohort="c", account="a")


def test_what_is_written_is_read_and_checks(tmp_path: Path, source: str) -> None:
    planted = canaries_of(NAME, derive(read_master(source), NAME), 9)
    path = tmp_path / "canaries.jsonl"
    write_planted(path, planted)
    assert read_planted(path) == planted
    check_planted(path, planted, source)
    with pytest.raises(BadSettings, match="is there already"):
        write_planted(path, planted)


def test_the_hash_is_that_of_the_file(tmp_path: Path, source: str) -> None:
    path = tmp_path / "canaries.jsonl"
    write_planted(path, canaries_of(NAME, derive(read_master(source), NAME), 3))
    assert planted_hash(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    before = planted_hash(path)
    path.write_bytes(path.read_bytes() + b"\n")
    # The same canaries in other bytes are not what was committed to.
    assert len(read_planted(path)) == 3 and planted_hash(path) != before
    with pytest.raises(NothingToRead, match="no such file"):
        planted_hash(tmp_path / "none")
    with pytest.raises(BadInput, match="cannot be read"):
        planted_hash(tmp_path)


def test_the_file_holds_no_key(tmp_path: Path, source: str) -> None:
    key = derive(read_master(source), NAME)
    write_planted(tmp_path / "c", canaries_of(NAME, key, 12))
    raw = (tmp_path / "c").read_bytes()
    assert key not in raw and key.hex().encode() not in raw


def test_a_canary_that_was_picked_afterwards_is_seen(tmp_path: Path, source: str) -> None:
    planted = canaries_of(NAME, derive(read_master(source), NAME), 3)
    forged = [planted[0], msgspec.structs.replace(planted[1], text="Stillwater Kites")]
    with pytest.raises(BadInput, match=r"canary 1 of key .* is not the one"):
        check_planted(tmp_path / "c", forged, source)
    other = [msgspec.structs.replace(planted[0], account="b")]
    with pytest.raises(BadInput, match="is not the key of the account"):
        check_planted(tmp_path / "c", other, source)


def test_faults_are_named(tmp_path: Path, source: str) -> None:
    key = derive(read_master(source), NAME)
    with pytest.raises(BadSettings, match="1 to 200"):
        canaries_of(NAME, key, 0)
    with pytest.raises(BadSettings, match="have keys of scheme 'canary'"):
        canaries_of(msgspec.structs.replace(NAME, scheme="kgw"), key, 3)
    with pytest.raises(NothingToRead, match="no such file"):
        read_planted(tmp_path / "none")
    (tmp_path / "empty").write_bytes(b"\n")
    with pytest.raises(NothingToRead, match="lists no canary"):
        read_planted(tmp_path / "empty")
    (tmp_path / "bad").write_bytes(b'\n{"text": "secret"}\n')
    with pytest.raises(BadInput, match="bad, line 2: is no canary") as told:
        read_planted(tmp_path / "bad")
    assert "secret" not in str(told.value)
    twice = msgspec.json.encode(canaries_of(NAME, key, 1)[0])
    (tmp_path / "twice").write_bytes(twice + b"\n" + twice)
    with pytest.raises(BadInput, match="twice"):
        read_planted(tmp_path / "twice")
