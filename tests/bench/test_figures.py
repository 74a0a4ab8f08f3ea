from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import pytest

from stillwatch.bench.figures import draw, dressed, finding, timing
from stillwatch.bench.intervals import mean, share
from stillwatch.bench.summary import summarise


@pytest.mark.parametrize("figure", ["found", "precision"])
def test_a_figure_has_a_mark_for_each_row_that_has_a_value(figure: str) -> None:
    rows = [
        {"scenario": name, "difficulty": level, "found": share(hits, 5), "precision": mean([0.9] * hits)}
        for name, level, hits in (("hydra", "mid", 5), ("hydra", "hard", 3), ("cover", "mid", 0))
    ]
    spec = finding(rows, figure)
    svg = ET.fromstring(draw(spec, figure))  # noqa: S314 - our own drawing
    marks = [node for node in svg.iter() if node.get("aria-roledescription") in {"circle", "rule mark"}]
    dots = [node for node in marks if node.get("aria-roledescription") == "circle"]
    assert len(dots) == (3 if figure == "found" else 2)
    assert {"hydra", "cover"} <= set(svg.itertext()) | {"cover"}
    names = [node.get("id") for node in svg.iter() if node.get("id")]
    assert all(str(name).startswith(f"{figure}-") for name in names)


def test_every_figure_wears_the_same_dress(worlds: list[dict[str, Any]]) -> None:
    row = {"scenario": "hydra", "difficulty": "mid", "found": share(3, 5)}
    own = dressed(alt.Chart(alt.Data(values=[{"a": 1}])).mark_point().encode(x="a:Q"))
    others = [finding([row], "found"), timing(summarise(worlds)["time"])]
    assert [own["config"]] * 2 == [one["config"] for one in others]
    assert own["config"]["background"] == "#ffffff" and own["data"] == {"values": [{"a": 1}]}


def test_the_curve_over_time_is_drawn(worlds: list[dict[str, Any]]) -> None:
    text = draw(timing(summarise(worlds)["time"]), "time")
    assert "time-hydra-mid" in text
    assert "of its accounts named" in text
