from __future__ import annotations

import gc
import gzip
import json

import pytest

from stillwatch.sources import peers
from stillwatch.sources.batch_files import OPENAI_BATCH
from stillwatch.sources.framing import Block
from stillwatch.sources.peers import PeerIndex, peer_index, split_lines


def _ask(identity: str, **more) -> dict:
    return {"custom_id": identity, "body": {"n": 1}, **more}


def test_records_are_found_by_key_in_plain_packed_and_listed_files(tmp_path) -> None:
    (tmp_path / "a").write_text(json.dumps(_ask("1")) + "\nbroken\n" + json.dumps(_ask("2")) + "\n")
    (tmp_path / "b").write_bytes(gzip.compress(json.dumps([_ask("3"), _ask("1", twice=True)]).encode()))
    index = PeerIndex(OPENAI_BATCH, ((tmp_path / "a", True), (tmp_path / "b", False)))
    assert [record["custom_id"] for record in index.find("asked:2")] == ["2"]
    assert [record.get("twice") for record in index.find("asked:1")] == [None, True]
    assert index.find("asked:3")[0] == _ask("3")
    assert index.find("asked:nobody") == [] and index.find("answered:1") == []
    index.close()


def test_a_key_that_is_everywhere_does_not_make_the_join_quadratic(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(peers, "_PLACES", 3)
    (tmp_path / "a").write_text((json.dumps(_ask("1")) + "\n") * 50)
    index = PeerIndex(OPENAI_BATCH, ((tmp_path / "a", True),))
    assert len(index.find("asked:1")) == 3
    index.close()


def test_chunks_of_one_log_share_an_index_until_the_files_change(tmp_path) -> None:
    path = tmp_path / "a"
    path.write_text(json.dumps(_ask("1")) + "\n")
    files = ((path, True),)
    first = peer_index(OPENAI_BATCH, files)
    assert first.find("asked:1") and peer_index(OPENAI_BATCH, files) is first
    path.write_text(json.dumps(_ask("longer")) + "\n")
    assert peer_index(OPENAI_BATCH, files).find("asked:longer")


@pytest.mark.filterwarnings("error")
def test_an_index_that_is_let_go_closes_its_files(tmp_path) -> None:
    (tmp_path / "a").write_text(json.dumps(_ask("1")) + "\n")
    index = PeerIndex(OPENAI_BATCH, ((tmp_path / "a", True),))
    assert index.find("asked:1")
    (handle,) = index._handles.values()
    del index
    gc.collect()
    assert handle.closed


def test_lines_keep_their_places_and_blank_ones_are_none() -> None:
    block = Block(100, b"ab\n\n \r\ncd")
    assert list(split_lines(block)) == [(100, b"ab"), (107, b"cd")]
