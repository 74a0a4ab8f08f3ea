import re

from stillwatch.console import charts, history_charts

HOSTILE = '"></text><script>alert(1)</script><a href="http://evil.example">'


def drawn() -> list[str]:
    specs = [
        history_charts.histories(
            [{"provider": HOSTILE, "day": "2026-03-01", "role": "suspect"}],
            [{"start": "2026-02-01", "end": "2026-02-20"}],
            [HOSTILE],
        ),
        history_charts.histories([{"provider": "p", "day": "2026-03-01", "role": "peer"}], [], ["p"]),
        history_charts.skills([{"skill": HOSTILE, "targeted": "targeted", "gain": 1.0, "peers": 0.5}]),
        history_charts.contrasts([{"family": HOSTILE, "contrast": 1.0, "role": "suspect"}]),
    ]
    return [charts.render(spec, f"c{place}") for place, spec in enumerate(specs)]


def test_every_chart_is_drawn_and_nothing_in_it_is_obeyed() -> None:
    for svg in drawn():
        assert svg.startswith("<svg")
        assert "var(--" in svg
        assert re.findall(r"<script|<a |<image|<foreignObject| on[a-z]+=", svg) == []


def test_a_campaign_is_a_band_and_a_release_a_dot() -> None:
    with_band, without = (
        history_charts.histories([{"provider": "p", "day": "2026-03-01", "role": "peer"}], windows, ["p"])
        for windows in ([{"start": "2026-02-01", "end": "2026-02-20"}], [])
    )
    assert [layer["mark"]["type"] for layer in with_band["layer"]] == ["rect", "point"]
    assert without["mark"]["type"] == "point"
