"""Groups and their facts, counted from small lakes by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns.facts import Facts, collect_facts
from stillwatch.findings import Group, Link, Member


def group_of(accounts: Sequence[int], *, origin: str = "toolkit", p_value: float = 1e-30, **more: Any) -> Group:
    members = tuple(Member(account_id=f"a{n}", probability=0.9) for n in accounts)
    ties = more.pop("channel_groups", ("payment", "software", "task"))
    return Group(
        id="C-1",
        origin=origin,
        members=members,
        p_value=p_value,
        links=more.pop("links", ()),
        channel_groups=ties,
        **more,
    )


@pytest.fixture
def group() -> Callable[..., Group]:
    """`group(accounts, **fields)`."""
    return group_of


@pytest.fixture
def link() -> Callable[..., Link]:
    """`link(channel, group, **fields)`."""

    def make(channel: str, family: str, **more: Any) -> Link:
        return Link(
            **{"channel": channel, "group": family, "value": "v", "share": 0.8, "base": 0.01, "weight": 4.0} | more
        )

    return make


@pytest.fixture
def facts(lake: Callable[..., Any]) -> Callable[..., Facts]:
    """`facts(accounts, exchanges, account_rows, models, contracts)`: the facts of one group of these accounts."""

    def make(accounts: Sequence[int], *rows: Any) -> Facts:
        members = pa.table({"group_id": ["C-1"] * len(accounts), "account_key": np.asarray(accounts, np.int64)})
        return collect_facts(lake(*rows), members)["C-1"]

    return make
