from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys import Master, add_keys, derive
from stillwatch.provenance.watermark.keys.policy import Assignment, Decision, MarkingPolicy, assign
from stillwatch.provenance.watermark.keys.requests import engine_fields, strip_marks

KEPT: dict[str, Any] = {
    "model": "m",
    "temperature": 0.7,
    "messages": [{"role": "user", "content": "What is a watermark?", "watermark": "the client's own words"}],
    "tools": [{"function": {"parameters": {"properties": {"watermark": {"type": "string"}}}}}],
    "response_format": {"json_schema": {"properties": {"watermark_key": {}}}},
    "metadata": {"watermark": "as the client filed it"},
}


def test_a_clients_marks_are_taken_out_and_its_words_stay() -> None:
    sent = {
        **KEPT,
        "watermark": {"key": "00ff", "enabled": False},
        "watermarking": False,
        "WaterMark-Config": {},
        "stillwatch_key": "0" * 16,
        "extra_body": {"watermarking": False, "top_k": 3, "extra_body": {"Watermark": 1, "seed": 1}},
        "vllm_xargs": {"stillwatch_key": "0" * 16, "stillwatch_delta": 0, "mine": 1},
        "sampling_params": [{"watermark": {}, "n": 1}, {"n": 2}, "odd"],
        "parameters": {"watermark": True},
        "custom_params": {"x": 1},
    }
    before = json.dumps(sent)
    made, removed = strip_marks(sent)
    assert json.dumps(sent) == before
    assert made == {
        **KEPT,
        "extra_body": {"top_k": 3, "extra_body": {"seed": 1}},
        "vllm_xargs": {"mine": 1},
        "sampling_params": [{"n": 1}, {"n": 2}, "odd"],
        "parameters": {},
        "custom_params": {"x": 1},
    }
    assert removed == sorted([
        "watermark", "watermarking", "WaterMark-Config", "stillwatch_key", "extra_body.watermarking",
        "extra_body.extra_body.Watermark", "vllm_xargs.stillwatch_key", "vllm_xargs.stillwatch_delta",
        "sampling_params[0].watermark", "parameters.watermark",
    ])  # fmt: skip
    assert strip_marks(made) == (made, [])


def test_headers_are_stripped_too() -> None:
    sent = {"Accept": "*/*", "X-Watermark-Key": "1", "X-Stillwatch-Mark": "2", "Stillwatch-Key": "3"}
    assert strip_marks(sent) == ({"Accept": "*/*"}, ["Stillwatch-Key", "X-Stillwatch-Mark", "X-Watermark-Key"])


def test_no_depth_of_nesting_hides_a_mark() -> None:
    body: dict[str, Any] = {"watermark": 1}
    for _ in range(20_000):
        body = {"extra_body": body}
    made, removed = strip_marks(body)
    assert len(removed) == 1 and removed[0].endswith(".watermark") and len(removed[0]) < 400
    depth = 0
    while made:
        made, depth = made.get("extra_body", {}), depth + 1
    assert depth == 20_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["watermark", "Water_Mark", "extra_body", "params", "messages", "a"]), inner)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["watermark", "waterMARKING", "extra_body", "messages", "options"]), JSON))
@settings(max_examples=60, deadline=None)
def test_any_body_comes_out_clean_and_keeps_the_rest(body: dict[str, Any]) -> None:
    made, removed = strip_marks(body)
    assert strip_marks(made) == (made, [])
    assert made.get("messages") == body.get("messages")
    assert set(made) == {field for field in body if "watermark" not in field.lower()}
    assert (made == body) == (not removed)


@pytest.mark.parametrize("engine", ["own", "sglang", "vllm"])
def test_what_the_engine_gets(tmp_path: Path, master: Master, at: datetime, engine: str) -> None:
    policy = MarkingPolicy.for_engine(engine, provider="p", epoch="e")
    decisions = {"a": Decision(account="a", cohort="C-1")}
    register = add_keys(tmp_path / "r", policy.names(decisions.values()), at)
    ordinary, campaign = (assign(policy, register, decisions, account, at) for account in ("x", "a"))
    own = {"vllm_xargs": {"stillwatch_key": campaign.key_id, "stillwatch_delta": 4.0}}
    if engine == "sglang":
        for given, width in ((ordinary, 4), (campaign, 1)):
            key = derive(master, register.by_id[given.key_id].name)[:8].hex()
            fields = engine_fields(given, master, register)
            assert fields == {"watermark": {"enabled": True, "key": key, "context_window": width}}
            assert key not in repr(given)
    else:
        first = {"vllm_xargs": {"stillwatch_key": ordinary.key_id}} if engine == "own" else {"watermarking": True}
        assert engine_fields(ordinary, master, register) == first
        assert engine_fields(campaign, master, register) == own
    assert strip_marks(engine_fields(campaign, master, register))[1]  # what a client may never send itself


def test_a_scheme_that_takes_no_request(tmp_path: Path, master: Master, at: datetime) -> None:
    register = add_keys(tmp_path / "r", [], at)
    one = Assignment(account="", cohort="c", level="cohort", scheme="hf-kgw:x", width=1, epoch="e", key_id="0" * 16)
    with pytest.raises(BadSettings, match="no engine takes"):
        engine_fields(one, master, register)
