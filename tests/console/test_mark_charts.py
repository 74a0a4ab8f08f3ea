import math
import re
from collections.abc import Callable

from stillwatch.console import charts, mark_charts
from stillwatch.console.mark_drawings import power_lines, scores
from stillwatch.marks import KeyResult, MarkInquiry

Make = Callable[..., MarkInquiry]
HOSTILE = '"></text><script>alert(1)</script><a href="http://evil.example">'


def test_every_chart_is_drawn_and_nothing_in_it_is_obeyed(mark: Make, mark_key: Callable[..., KeyResult]) -> None:
    keys = tuple(mark_key("account", place, account=HOSTILE, key_id=HOSTILE, accused=place < 3) for place in range(50))
    placed = scores(mark(keys=keys))
    drawn = {
        "decoys": mark_charts.decoys(placed),
        "keys": mark_charts.keys(placed),
        "growth": mark_charts.growth(((1_000, -0.5), (5_000, -40.0), (9_000, -math.inf)), 1e-6),
        "power": mark_charts.power(power_lines(mark())),
    }
    for name, spec in drawn.items():
        svg = charts.render(spec, name)
        assert svg.startswith("<svg")
        assert "var(--" in svg
        assert re.findall(r"<script|<a |<image|<foreignObject| on[a-z]+=", svg) == []
    assert "&lt;/text>" in (svg := charts.render(drawn["decoys"], "d")) or "&lt;/text&gt;" in svg


def test_accused_keys_are_lines_with_their_names(mark: Make) -> None:
    marks = [layer["mark"]["type"] for layer in mark_charts.decoys(scores(mark()))["layer"]]
    assert marks == ["rect", "line", "point", *["rule", "text"] * 3]
    bare = [layer["mark"]["type"] for layer in mark_charts.decoys(scores(mark(keys=())))["layer"]]
    assert bare == ["rect", "line"]


def test_growth_draws_the_levels_that_are_in_sight() -> None:
    def labels(points: tuple[tuple[int, float], ...], level: float) -> list[str]:
        layers = mark_charts.growth(points, level)["layer"]
        return [row["label"] for layer in layers if layer["mark"]["type"] == "rule" for row in layer["data"]["values"]]

    strong = ((1_000, -2.0), (5_000, -40.0))
    assert labels(strong, 1e-6) == ["1e-12: no report claims less", "level"]
    assert labels(((1_000, -2.0), (5_000, -6.0)), 1e-6) == ["level"]
    assert labels(((1_000, -0.2), (5_000, -0.1)), 1e-6) == []
    assert labels(strong, 0.0) == ["1e-12: no report claims less"]


def test_up_is_stronger_and_what_is_no_number_is_left_out() -> None:
    spec = mark_charts.growth(((1_000, -2.0), (5_000, math.nan), (9_000, -math.inf)), 1e-6)
    rows = spec["layer"][-1]["data"]["values"]
    assert [row["decades"] for row in rows] == [2.0, 320.0]


def test_each_number_of_tokens_has_its_colour(mark: Make) -> None:
    scale = mark_charts.power(power_lines(mark()))["layer"][0]["encoding"]["color"]["scale"]
    assert scale["range"] == list(mark_charts.LINES[:2])
