"""Invented campaigns and a scan around them, as the pipeline hands them to the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from stillwatch.findings import Campaign, Cost, Judgement, Link, Reason, Rival, Target

START = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def make_campaign(**changes: Any) -> Campaign:
    """A hydra ring under alert, whose reasons add up to its log likelihood ratio; `changes` replace fields."""
    ring = Campaign(
        id="C-7f3a91",
        status="alert",
        accounts=412,
        exchanges=74_310,
        tokens=61_204_112,
        first_seen=START,
        last_seen=START + timedelta(days=13),
        p_value=3.2e-41,
        q_value=0.0004,
        harvest_log_lr=13.6,
        kinds=("reasoning distillation", "agentic traces"),
        reasons=(
            Reason(
                code="S201",
                name="Asks for reasoning",
                weight=6.9,
                text="61 % of its exchanges ask to write the reasoning out; 2 % among honest tenants.",
                examples=("e-0001", "e-0417"),
                family="elicitation",
            ),
            Reason(code="S105", name="Even load", weight=4.4, text="Load index 1.07 over 412 accounts; honest 31."),
            Reason(code="S300", name="New model rush", weight=3.5, text="58 % moved to the new model in a day."),
            Reason(
                code="LK01",
                name="shared-payment",
                weight=3.26,
                text="64 % of the members share one value of payment bin.",
                family="coordination",
            ),
            Reason(code="S220", name="Answers are used", weight=-1.2, text="4 % of sessions go on after the answer."),
        ),
        rivals=(
            Rival(
                name="enterprise with one shared template",
                verdict="refuted",
                supporting=("one system prompt",),
                against=("212 payment cards", "no shared domain", "no contract"),
            ),
            Rival(name="viral launch", verdict="refuted", against=("activity does not decay", "payments bunched")),
            Rival(name="benchmark runner", verdict="possible", supporting=("wide topic cover",), against=()),
            Rival(name="reseller", verdict="unknown"),
        ),
        targets=(
            Target(skill="coding", share=0.46, exchanges=34_182),
            Target(skill="agentic", share=0.31, exchanges=23_036),
            Target(skill="reasoning", share=0.23, exchanges=17_092),
        ),
        cost=Cost(tokens=61_204_112, dollars=742.5, exchanges_per_day=5307.9),
        links=(
            Link(channel="payment_bin", group="payment", value="531462", share=0.64, base=0.004, weight=5.1),
            Link(channel="stack", group="software", value="9f31c0de77aa01b2", share=0.93, base=0.021, weight=3.8),
            Link(channel="email_shape", group="identity", value="a.a99@a.a", share=0.81, base=0.06, weight=2.6),
            Link(channel="skeleton", group="task", value="41be09d2f5c3aa10", share=0.55, base=0.0003, weight=7.5),
        ),
        judgements=(
            Judgement(
                code="S201",
                name="reasoning-elicitation",
                family="elicitation",
                group_id="g1",
                value=0.61,
                base=0.02,
                p_value=0.0008,
                tenants=1904,
                weight=6.9,
                examples=("e-0001",),
            ),
            Judgement(
                code="S110", name="logprob-harvest", family="tokens", group_id="g1", value=None, text="no logprobs"
            ),
        ),
        daily=tuple(
            ((START + timedelta(days=d)).date().isoformat(), 5300 + 190 * (d * 7 % 11) + (3000 if d == 8 else 0))
            for d in range(14)
        ),
        verdict="412 accounts with one toolkit ask for reasoning on most requests; no innocent explanation holds.",
    )
    return msgspec.structs.replace(ring, **changes)


def make_scan() -> dict[str, Any]:
    """The facts of a scan, as scan.json holds them."""
    return {
        "stillwatch": "0.1.0",
        "python": "3.11.2",
        "duckdb": "2.0.0",
        "started": "2026-03-16T09:00:00+00:00",
        "seconds": 48.2,
        "inputs": ["/var/log/llm/lake"],
        "settings": {"budget": 1.0, "memory": "4GB", "threads": 2},
        "seed": 0,
        "read": {
            "exchanges": 1_204_331,
            "accounts": 29_871,
            "accounts_known": 29_871,
            "first": "2026-03-02T00:00:03+00:00",
            "last": "2026-03-15T23:59:58+00:00",
            "days": 14.0,
        },
        "quarantined": {"rows": 17, "reasons": [{"reason": "no timestamp", "rows": 17, "example": "a.jsonl byte 991"}]},
        "coverage": [
            {"column": "prompt", "share": 1.0, "meaning": "the last user message"},
            {"column": "user_agent", "share": 0.871, "meaning": "as sent"},
            {"column": "tls_fingerprint", "share": 0.42, "meaning": "JA4 or JA3"},
            {"column": "logprobs", "share": 0.0, "meaning": "token log-probabilities asked for"},
        ],
        "signals": [
            {"code": "S201", "name": "reasoning-elicitation", "judges": True, "missing": []},
            {"code": "S110", "name": "logprob-harvest", "judges": False, "missing": ["logprobs", "top_logprobs"]},
        ],
        "links": [{"channel": "payment_bin", "group": "payment", "traits": 1180}],
        "steps": [
            {"name": "traits", "seconds": 11.0, "peak_memory_mb": 811.0, "rows": 412_000},
            {"name": "pairs", "seconds": 21.4, "peak_memory_mb": 1624.0, "rows": 88_000},
        ],
        "groups": {"candidates": 41, "alert": 1, "review": 1, "declared": 1},
        "budget": {
            "false_campaigns_per_month": 1.0,
            "days": 14.0,
            "allowed_here": 0.46,
            "p_cut": 0.011,
            "log_lr_cut": 4.5,
            "log_lr_cut_kernel": 8.1,
        },
        "calibration": {"tested": 41, "decoys": 38, "decoys_beyond_cut": 0},
        "releases": [{"model": "strata-5", "released_at": "2026-03-10T00:00:00+00:00"}],
    }


@pytest.fixture
def campaign() -> Callable[..., Campaign]:
    return make_campaign


@pytest.fixture
def scan() -> dict[str, Any]:
    return make_scan()


@pytest.fixture(scope="session")
def odd_facts() -> st.SearchStrategy[dict[str, Any]]:
    """Facts as another version, or a careless hand, may leave them: parts missing, of another shape, out of range."""
    junk: st.SearchStrategy[Any] = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )

    def mangled(part: Any) -> st.SearchStrategy[Any]:
        if isinstance(part, list):
            return st.lists(st.one_of([mangled(row) for row in part] or [junk]), max_size=2) | junk
        if isinstance(part, dict):
            return st.fixed_dictionaries({}, optional={key: st.just(value) | junk for key, value in part.items()})
        return st.just(part) | junk

    return st.fixed_dictionaries({}, optional={key: mangled(part) for key, part in make_scan().items()})
