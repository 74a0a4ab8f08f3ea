from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sources.keys import hash_key, key_name, mask

RAW = "sk-proj-AbCdEfGhIjKlMnOpQrSt"


def test_a_raw_key_never_shows_and_always_gets_the_same_name() -> None:
    assert hash_key(RAW) == hash_key(f"Bearer {RAW}") == hash_key(f" bearer  {RAW} ")
    assert len(hash_key(RAW)) == 32
    assert hash_key(RAW) != hash_key(RAW + "x")


def test_what_is_a_hash_stays_and_what_looks_like_a_key_does_not() -> None:
    digest = "88dc28d0f030c55ed4ab77ed8faf0981"
    assert hash_key(digest) == key_name(digest) == digest
    assert key_name("sha256:" + digest) == "sha256:" + digest
    assert key_name("team-blue") == "team-blue"
    assert key_name(7) == "7"
    assert key_name(RAW) == hash_key(RAW)
    assert all(key_name(nothing) is None for nothing in (None, "", [], {}, True))


@pytest.mark.parametrize(
    "row",
    [
        f'{{"api_key": "{RAW}"}}', f'{{"headers": {{"Authorization": "Bearer {RAW}"}}}}', f"GET / Bearer {RAW}",
        f'{{"x-api-key":"{RAW}"}}', f'{{"prompt": "my key is {RAW}, help"}}',
    ],
)  # fmt: skip
def test_rows_that_are_put_aside_hold_no_key(row: str) -> None:
    masked = mask(row.encode())
    assert RAW.encode() not in masked
    assert hash_key(RAW).encode() in masked


def test_keys_of_unknown_shape_are_masked_by_their_place() -> None:
    assert b"hunter2" not in mask(b'{"api_key": "hunter2-of-acme", "model": "m"}')
    assert mask(b'{"prompt": "task-oriented design, sk-ip this"}') == b'{"prompt": "task-oriented design, sk-ip this"}'


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_can_be_masked_and_twice_is_once(raw: bytes) -> None:
    assert mask(mask(raw)) == mask(raw)
