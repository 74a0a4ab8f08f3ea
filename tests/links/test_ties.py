from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import CHANNELS, GROUPS
from stillwatch.links.ties import RAREST_WORK, find_ties, work_weight

Make = Callable[..., Any]


def look(engine: DuckDBEngine, asked: list[int], traits: list[tuple[int, int, int]], people: int) -> list[list[Any]]:
    principal, channel, value = zip(*traits, strict=True)
    numbers = {"principal": pa.array(principal, pa.int32()), "channel": pa.array(channel, pa.int32())}
    engine.register("trait_rows", pa.table(numbers | {"value": value}))
    families = pa.array([GROUPS.index(channel.group) for channel in CHANNELS], pa.int32())
    engine.register(
        "channel_families", pa.table({"channel": pa.array(range(len(CHANNELS)), pa.int32()), "family": families})
    )
    engine.register(
        "principals", pa.table({"account_key": range(people), "principal": pa.array(range(people), pa.int32())})
    )
    ties = find_ties(engine, np.array(asked), people)
    rows = zip(ties.a.tolist(), ties.b.tolist(), ties.items.tolist(), ties.weight.tolist(), strict=True)
    return sorted([a, b, items, round(weight, 3)] for a, b, items, weight in rows)


def test_a_trait_ties_whoever_is_asked_about_to_all_who_have_it(engine: DuckDBEngine, lake: Make, ask: Make) -> None:
    lake([ask(0, 0)])
    traits = [(1, 0, 5), (2, 0, 5), (3, 0, 5), (4, 0, 6), (5, 0, 6)]
    weight = round(np.log(10 / 3), 3)
    assert look(engine, [1], traits, 10) == [[1, 2, 0, weight], [1, 3, 0, weight]]


def test_work_ties_where_few_ever_had_it(engine: DuckDBEngine, lake: Make, ask: Make) -> None:
    rare = [ask(account, n, prompt_hash=n) for n in range(1, 13) for account in (1, 2)]
    public = [ask(account, 50 + n, prompt_hash=100 + n) for n in range(12) for account in range(3, 4 + RAREST_WORK)]
    lake(rare + public)
    weight = round(float(work_weight(np.array(12))), 3)
    assert look(engine, [1, 3], [(0, 0, 0)], 20) == [[1, 2, 12, weight]]


def test_whoever_has_the_work_counts_once_and_by_the_whole_of_its_number(
    engine: DuckDBEngine, lake: Make, ask: Make
) -> None:
    """Five principals whose numbers end alike are five; one that asks again and again is one."""
    public = [ask(3 + 16 * account, n, prompt_hash=n) for n in range(12) for account in range(1 + RAREST_WORK)]
    rare = [ask(account, 50 + n, logit_bias_hash=n // 3) for n in range(36) for account in (1, 2, 4, 5)]
    lake(public + rare)
    weight = round(float(work_weight(np.array(12))), 3)
    assert look(engine, [1, 3], [(0, 0, 0)], 90) == [[1, other, 12, weight] for other in (2, 4, 5)]
