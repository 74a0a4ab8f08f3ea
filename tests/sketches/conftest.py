"""Logs small enough to read, and the real prompts where they lie beside the repository."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

KEY = b"an installation's 32-byte secret"
BLOCK = "First I look at the question, and then I think about it."
PROMPTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "prompts"


def make_log(**columns: object) -> pa.Table:
    rows = len(next(iter(columns.values())))  # type: ignore[arg-type]
    start = dt.datetime(2026, 3, 1, 23, 59, tzinfo=dt.UTC)
    log: dict[str, object] = {
        "ts": pa.array([start + dt.timedelta(minutes=i) for i in range(rows)], pa.timestamp("us", "UTC")),
        "exchange_id": [f"exchange-{i}" for i in range(rows)],
        "account_id": [f"account-{i % 3}" for i in range(rows)],
    }
    return pa.table({**log, **columns})


def make_messages(*texts: str) -> str:
    """A conversation that begins with the user."""
    return json.dumps([{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)])


def make_reasoned(block: str) -> str:
    """A conversation whose first answer presents its block of reasoning."""
    part = {"type": "thinking", "thinking": block, "signature": "c2lnbmVk"}
    return json.dumps([{"role": "user", "content": "a"}, {"role": "assistant", "content": [part]}] * 2)


@pytest.fixture(scope="session")
def log() -> Callable[..., pa.Table]:
    return make_log


@pytest.fixture(scope="session")
def messages() -> Callable[..., str]:
    return make_messages


@pytest.fixture(scope="session")
def key() -> bytes:
    return KEY


@pytest.fixture(scope="session")
def mixed_log() -> pa.Table:
    """Every kind of value, NULLs in every column, several scripts, and several chunks."""
    prompts = [
        "Below is an instruction.\n\n### Instruction:\nName 3 rivers.\n\n### Response:",
        None,
        "",
        "请逐步思考并给出完整的推理过程",
        "Rate both responses from 1 to 10 by the rubric.",
        "hi",
        "Ответь кратко: что это?",
        "def f(x):\n    return x; // 1\n```",
        "   \n\t ",
    ]
    table = make_log(
        prompt=prompts,
        system_prompt=["You are a judge. Think step by step.", None, "", "", None, None, None, None, None],
        messages=[None, make_messages("a", "b", "c d"), "not json", None, "[]", None, "{}", None, make_reasoned(BLOCK)],
        reasoning=[BLOCK, None, "short", "", None, BLOCK[::-1], None, None, None],
        turns=pa.array([1, 2, 2, 1, None, 1, None, None, 1], pa.int16()),
        ip=["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.9", "", None, "bad", "1.2.3", "192.0.2.7:80", None],
        user_agent=["curl/8", None, "curl/8", "", None, "x", None, None, None],
        tls_fingerprint=["t13", None, None, "t13", None, None, None, None, None],
        temperature=pa.array([0.0, None, -0.0, 1.0, None, None, None, None, None], pa.float32()),
        logit_bias=pa.array([[1, 2], None, [2, 1, 1], [], None, [7], None, None, None], pa.list_(pa.int64())),
        tools=pa.array([["a"], None, [], ["b", "a"], None, ["a", "b"], None, [None], None], pa.list_(pa.string())),
    )
    return pa.concat_tables([table.slice(0, 4), table.slice(4)])


@pytest.fixture(scope="session")
def real_prompts() -> pa.Table:
    """Up to 400 rows a source of the shared prompt corpora: text, source, label."""
    pq = pytest.importorskip("pyarrow.parquet")
    if not PROMPTS.is_dir():
        pytest.skip(f"needs the prompt corpora in {PROMPTS}")
    parts = []
    for label in ("distillation", "benign", "hard_negative"):
        table = pq.read_table(PROMPTS / f"{label}.parquet", columns=["text", "source", "label"])
        for source in table.column("source").unique().to_pylist():
            parts.append(table.filter(pa.compute.equal(table.column("source"), source)).slice(0, 400))
    return pa.concat_tables(parts)
