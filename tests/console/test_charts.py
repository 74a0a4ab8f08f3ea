import re
from html.parser import HTMLParser

import pytest

from stillwatch.console import charts
from stillwatch.console.story import Step

HOSTILE = '"></text><script>alert(1)</script><a href="http://evil.example">'


class Elements(HTMLParser):
    def __init__(self, svg: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(svg)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def steps(*weights: float) -> list[Step]:
    made, level = [], 0.0
    for place, weight in enumerate(weights):
        made.append(Step(f"reason {place}", "", weight, level, level + weight))
        level += weight
    return made


def hostile_charts() -> list[str]:
    specs = [
        charts.waterfall([Step(HOSTILE, "", 2.0, 0.0, 2.0)], 2.0),
        charts.timeline([("2026-03-01", 3), ("2026-03-02", 4)], [(HOSTILE, "2026-03-02")]),
        charts.targets([(HOSTILE, 0.4, 12)]),
        charts.activity([{"campaign": HOSTILE, "status": HOSTILE, "day": "2026-03-01", "share": 1.0}]),
    ]
    return [charts.render(spec, f"chart-{place}") for place, spec in enumerate(specs)]


def test_a_hostile_label_is_text_and_nothing_else() -> None:
    for svg in hostile_charts():
        elements = Elements(svg)
        assert elements.names <= {"svg", "g", "path", "line", "text", "rect", "defs", "clippath"}
        assert not {name for name in elements.attributes if name.startswith("on") or name.endswith("href")}
    assert any("<script>" in text for text in Elements(hostile_charts()[1]).texts)


def test_identifiers_are_unique_over_charts() -> None:
    clipped = {
        "data": {"values": [{"x": 1}]},
        "mark": {"type": "bar", "clip": True},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
    }
    svgs = [charts.render(clipped, name) for name in ("one", "two")]
    names = [re.findall(r'\bid="([^"]+)"', svg) for svg in svgs]
    assert [name.partition("-")[0] for name in (*names[0], *names[1])] == ["one", "two"]
    assert all(f"url(#{name[0]})" in svg for name, svg in zip(names, svgs, strict=True))


def test_a_waterfall_draws_each_counted_reason_from_where_the_last_ended() -> None:
    rows = charts.waterfall([*steps(3.0, -1.0), Step("left out", "", 9.0, 2.0, 2.0, counted=False)], 2.0)
    values = next(v for v in rows["datasets"].values() if "name" in v[0]) if "datasets" in rows else None
    bars = values or next(layer["data"]["values"] for layer in rows["layer"] if "name" in layer["data"]["values"][0])
    assert [(bar["name"], bar["start"], bar["end"]) for bar in bars] == [
        ("reason 0", 0.0, 3.0),
        ("reason 1", 3.0, 2.0),
        ("Total", 0.0, 2.0),
    ]


def test_many_reasons_are_folded_without_changing_the_total() -> None:
    many = steps(*[1.0] * 50)
    svg = charts.render(charts.waterfall(many, 50.0), "chart")
    assert "30 smaller reasons" in svg
    assert "+50.0" in svg


def test_only_releases_inside_the_time_are_marked() -> None:
    svg = charts.render(
        charts.timeline([("2026-03-01", 3), ("2026-03-05", 4)], [("in", "2026-03-02"), ("out", "2026-04-02")]),
        "chart",
    )
    texts = Elements(svg).texts
    assert "in" in texts
    assert "out" not in texts


@pytest.mark.parametrize("daily", [[("2026-03-01", 0)], [("no date", 3)], [("2024-01-01", 1), ("2026-03-01", 9)]])
def test_odd_days_are_drawn_all_the_same(daily: list[tuple[str, int]]) -> None:
    assert charts.render(charts.timeline(daily, []), "chart").startswith("<svg")


def test_colours_follow_the_page() -> None:
    svg = charts.render(charts.targets([("coding", 1.0, 10)]), "chart")
    assert "var(--copper)" in svg
    assert not re.search(r"(fill|stroke)=\"#", svg)


def test_reliability_draws_what_nobody_reached_without_a_dot() -> None:
    rows = [
        {"log_lr": 1.0, "promised": 0.37, "reached": 4, "tenants": 100, "low": 0.01, "high": 0.1},
        {"log_lr": 8.0, "promised": 0.0003, "reached": 0, "tenants": 100, "low": 0.0, "high": 0.04},
    ]
    spec = charts.reliability(rows)
    dots = spec["layer"][2]
    assert [row["weight"] for row in dots["data"]["values"]] == [1.0]
    assert all(row["low"] > 0 for row in spec["layer"][1].get("data", spec.get("data", {})).get("values", []))
    assert charts.render(spec, "r").startswith("<svg")
