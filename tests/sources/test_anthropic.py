from __future__ import annotations

import json

import pytest

from stillwatch.sources.anthropic import ANTHROPIC, ANTHROPIC_FILLS, fill_anthropic, is_anthropic
from stillwatch.sources.exchange import Exchange


@pytest.fixture
def found(samples, rows_of):
    return rows_of(samples / "anthropic")


def test_parts_thinking_tools_and_cache(found) -> None:
    row = found[0][0]
    assert (row["prompt"], row["turns"], row["system_prompt"]) == ("[image]\nDescribe.", 1, "You are terse.")
    assert (row["response"], row["reasoning"]) == ("A fox.", "The image shows a fox.")
    assert [m["role"] for m in json.loads(row["messages"])] == ["system", "user", "assistant", "tool"]
    assert (row["input_tokens"], row["output_tokens"]) == (420, 40)  # cached input is input
    assert (row["account_id"], row["end_user_id"], row["ip"]) == ("acct-vera", "user-5", "2001:db8::7")
    assert "sk-ant" not in row["key_id"]


def test_the_users_id_is_the_account_where_the_envelope_has_none(found) -> None:
    row = next(row for row in found[0] if row["exchange_id"] == "msg_02")
    assert row["account_id"] == "user-6"
    assert row["response"] == '[tool_call zoom] {"x":1}' and row["response_format"] == "json_schema"


def test_errors_are_exchanges_and_rows_without_a_time_are_not(found) -> None:
    rows, rejected = found
    assert rows[-1]["status"] == 529 and "response" not in rows[-1]
    assert [item.reason[:7] for item in rejected] == ["no time"]


def test_bodies_are_told_apart() -> None:
    ask = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    assert is_anthropic({}, {"type": "message"}) and is_anthropic({**ask, "system": "s"}, {})
    assert is_anthropic({**ask, "tools": [{"name": "f", "input_schema": {}}]}, {})
    assert is_anthropic({**ask, "messages": [{"content": [{"type": "tool_result"}]}]}, {})
    assert is_anthropic({**ask, "model": "claude-x"}, {})
    assert not is_anthropic(ask, {}) and not is_anthropic({**ask, "system": "s"}, {"choices": []})
    assert not ANTHROPIC.sniff({"custom_id": "1", "params": {**ask, "system": "s"}})


def test_only_declared_columns_are_filled() -> None:
    row = Exchange()
    fill_anthropic(
        row, {"model": 5, "metadata": {"user_id": ["x"]}, "container": {"id": 4}}, {"usage": {"input_tokens": "x"}}
    )
    assert {name for name in Exchange.__struct_fields__ if getattr(row, name) is not None} <= ANTHROPIC_FILLS
    assert row.account_id is None and row.input_tokens is None and row.model is None


@pytest.mark.parametrize(("given", "account"), [(True, None), (False, None), (0, "0"), ("u-1", "u-1")])
def test_a_flag_is_no_user(given, account) -> None:
    row = Exchange()
    fill_anthropic(row, {"metadata": {"user_id": given}}, {})
    assert (row.account_id, row.end_user_id) == (account, account)
