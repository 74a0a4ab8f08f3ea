from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.signals import loud_accounts
from stillwatch.testing import honest_log, small_world

SWEEPERS = [10**12 + place for place in range(3)]


def sweeps(accounts: list[int], times: int) -> list[dict[str, Any]]:
    return [
        {
            "account": account,
            "at": number / 50,
            "turns": 1,
            "prompt_hash": 1,
            "logit_bias_size": 300,
            "logit_bias_hash": number,
            "logprobs": True,
            "top_logprobs": 20,
            "asks_grading": 0,
            "asks_reasoning": 0,
            "asks_generation": 0,
            "input_tokens": 10,
            "output_tokens": 1,
        }
        for account in accounts
        for number in range(times)
    ]


def gradings(account: int, times: int) -> list[dict[str, Any]]:
    zero = {"asks_reasoning": 0, "asks_generation": 0, "turns": 3, "input_tokens": 500, "output_tokens": 50}
    return [
        {"account": account, "at": number / 10, "asks_grading": 990, "prompt_hash": number, "session_id": "s", **zero}
        for number in range(times)
    ]


@pytest.fixture(scope="module")
def log() -> pa.Table:
    return honest_log(accounts=1200, days=6)


def loud(log: pa.Table, rows: pa.Table, limit: int = 50) -> pa.Table:
    with small_world(pa.concat_tables([log, rows]), {}) as engine:
        return loud_accounts(engine, limit)


def test_three_sweepers_are_loud(log: pa.Table, make_rows: Any) -> None:
    found = loud(log, make_rows(sweeps(SWEEPERS, 400)))
    assert found.schema == pa.schema([("account_key", pa.int64()), ("log_e", pa.float64()), ("codes", pa.string())])
    assert set(found.column("account_key").to_pylist()[:3]) == set(SWEEPERS)
    assert all("SW106" in codes.split(",") for codes in found.column("codes").to_pylist()[:3])


def test_the_loud_are_few_in_order_and_beyond_the_bound(log: pa.Table, make_rows: Any) -> None:
    found = loud(log, make_rows(sweeps(SWEEPERS, 400)))
    log_e = found.column("log_e").to_pylist()
    accounts = len(np.unique(log.column("account_key").to_numpy())) + 3
    assert log_e == sorted(log_e, reverse=True)
    assert min(log_e) >= math.log(accounts) / 3
    assert len(log_e) <= 3 + accounts // 100
    assert loud(log, make_rows(sweeps(SWEEPERS, 400)), limit=2).column("log_e").to_pylist() == log_e[:2]


def test_an_honest_log_has_hardly_any(log: pa.Table, make_rows: Any) -> None:
    assert loud(log, make_rows([])).num_rows <= 12


def test_a_hobbyist_with_thirty_gradings_is_not_loud_but_a_grader_of_thousands_weighs_more(
    log: pa.Table, make_rows: Any
) -> None:
    hobbyist, grader = 10**12 + 8, 10**12 + 9
    found = loud(log, make_rows(gradings(hobbyist, 30) + gradings(grader, 1500)))
    weights = dict(zip(found.column("account_key").to_pylist(), found.column("log_e").to_pylist(), strict=True))
    assert hobbyist not in weights
    assert grader in weights


def test_few_accounts_or_an_empty_log_name_nobody(make_rows: Any) -> None:
    for rows in ([], sweeps(SWEEPERS, 100)):
        with small_world(make_rows(rows), {}) as engine:
            assert loud_accounts(engine, 10).num_rows == 0
