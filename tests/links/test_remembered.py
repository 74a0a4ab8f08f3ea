from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.findings import Toolkit, ToolkitTrait
from stillwatch.links.channels import CHANNELS, GROUPS
from stillwatch.links.members import fit_members
from stillwatch.links.names import TraitNames
from stillwatch.links.population import Population
from stillwatch.links.remembered import known_starts, toolkit_hits, write_down
from stillwatch.links.trait_table import keep_traits

PLACE = {channel.name: place for place, channel in enumerate(CHANNELS)}


def traits_of(engine: DuckDBEngine, rows: list[tuple[int, str, int]], labels: dict[tuple[str, int], str]) -> None:
    """`trait_rows` of (principal, channel, value); labels of text values."""
    principal, channel, value = zip(*rows, strict=True)
    places = pa.array([PLACE[name] for name in channel], pa.int32())
    engine.register(
        "trait_rows", pa.table({"principal": pa.array(principal, pa.int32()), "channel": places, "value": value})
    )
    named = [(PLACE[name], value, text) for (name, value), text in labels.items()]
    columns = list(zip(*named, strict=True)) or [(), (), ()]
    kinds = (pa.int32(), pa.int64(), pa.string())
    arrays = [pa.array(c, t) for c, t in zip(columns, kinds, strict=True)]
    engine.register("trait_labels", pa.table(arrays, names=["channel", "value", "label"]))
    families = [GROUPS.index(channel.group) for channel in CHANNELS]
    engine.register(
        "channel_families", pa.table({"channel": pa.array(range(len(CHANNELS)), pa.int32()), "family": families})
    )


def kit(*traits: tuple[str, str], half: int = 0) -> Toolkit:
    return Toolkit(half=half, traits=tuple(ToolkitTrait(channel=c, value=v, weight=1.0) for c, v in traits))


def test_text_is_met_by_its_words_and_hashes_by_their_value(engine: DuckDBEngine) -> None:
    """The numbers that stand for text are dealt anew at every scan."""
    rows = [(1, "payment_bin", 5), (1, "stack", -7), (2, "payment_bin", 4), (2, "stack", 7), (3, "skeleton", -7)]
    traits_of(engine, rows, {("payment_bin", 5): "424242", ("payment_bin", 4): "555555"})
    toolkits = [
        kit(("payment_bin", "424242"), ("stack", "-7"), ("stack", "7")),
        kit(("gone_channel", "1"), ("stack", "9")),
    ]
    found = toolkit_hits(engine, toolkits).to_pylist()
    assert [(row["toolkit"], row["principal"], GROUPS[row["family"]]) for row in found] == [
        (0, 1, "payment"), (0, 1, "software"), (0, 2, "software"),
    ]  # fmt: skip
    assert toolkit_hits(engine, []).num_rows == 0


@pytest.fixture
def ring(engine: DuckDBEngine, ringed: Callable[..., np.ndarray]) -> np.ndarray:
    ring = ringed(4000, (120,), "mid", 31)
    text = ", ".join(str(place) for place, channel in enumerate(CHANNELS) if channel.text)
    engine.materialise(
        "trait_labels",
        "SELECT channel, value, CAST(value AS VARCHAR) AS label FROM trait_rows "
        f"WHERE channel IN ({text}) GROUP BY channel, value",
    )
    return ring


class Numbers(TraitNames):
    """Names of a world without text."""

    def labels(self, traits: object) -> dict[tuple[int, int], str]:
        return {(channel, value): str(value) for channel, value in traits}  # type: ignore[attr-defined]


def test_what_one_half_taught_starts_the_search_in_that_half_alone(engine: DuckDBEngine, ring: np.ndarray) -> None:
    table = keep_traits(engine)
    members = np.flatnonzero((ring == 0) & (table.half == 1))
    fit = fit_members(Population(table, table.half == 1), members[:20])
    assert fit is not None
    toolkit = write_down(table, 1, fit, Numbers(engine))
    assert toolkit.half == 1 and len(toolkit.traits) >= 5
    assert {trait.channel for trait in toolkit.traits} <= set(PLACE) - {"release"}
    ((half, start),) = known_starts(engine, table, [toolkit])
    assert half == 1 and set(table.half[start].tolist()) == {1}
    assert (ring[start] == 0).mean() > 0.9
    assert np.isin(start, members).sum() >= 0.5 * len(members)


def test_a_toolkit_that_nobody_has_starts_nothing(engine: DuckDBEngine, ring: np.ndarray) -> None:
    table = keep_traits(engine)
    assert known_starts(engine, table, []) == []
    assert (
        known_starts(engine, table, [kit(("stack", "1"), ("parameters", "2"), ("system", "3"), ("ip_network", "4"))])
        == []
    )
