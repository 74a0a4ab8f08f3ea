from __future__ import annotations

from stillwatch.sources.base import NoPeers
from stillwatch.sources.exchange import Exchange, Refusal
from stillwatch.sources.native import NATIVE


def test_its_own_columns_are_recognised_and_an_envelope_is_not() -> None:
    assert NATIVE.sniff({"ts": 1, "account_id": "a", "response": "text"})
    assert not NATIVE.sniff({"ts": 1, "account_id": "a", "request": {}})
    assert not NATIVE.sniff({"ts": 1, "account_id": "a", "response": {"choices": []}})
    assert not NATIVE.sniff({"ts": 1})


def test_records_of_a_document_are_read_like_lines() -> None:
    good, bad = {"ts": 1, "account_id": 7, "turns": "2"}, {"ts": 1, "account_id": 7, "turns": "two"}
    assert list(NATIVE.rows(good, NoPeers())) == [Exchange(ts=1, account_id=7, turns=2)]
    (refusal,) = NATIVE.rows(bad, NoPeers())
    assert isinstance(refusal, Refusal) and "turns" in refusal.reason and "two" not in refusal.reason


def test_the_sample_reads_in_full(samples, rows_of) -> None:
    rows, rejected = rows_of(samples / "stillwatch")
    assert not rejected
    assert [row["account_id"] for row in rows] == ["acct-mira", "90210", "acct-teo", "acct-teo"]
    assert rows[0]["prompt"] == "Erkläre die Kettenregel." and rows[1]["prompt"] == ""
    assert rows[1]["logit_bias"] == [50256, 11] and rows[1]["tools"] == ["lookup"]
    assert not rows[2]["key_id"].startswith("sk-")
