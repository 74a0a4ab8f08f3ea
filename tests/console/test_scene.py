from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.console.scene import number, set_scene

Odd = st.SearchStrategy[dict[str, Any]]


def test_an_empty_scan_has_an_empty_scene() -> None:
    scene = set_scene({})
    assert (scene.present, scene.absent, scene.steps, scene.budget, scene.seconds) == ((), (), (), (), None)


def test_columns_in_no_row_are_told_apart(scan: dict[str, Any]) -> None:
    scene = set_scene(scan)
    assert [row["column"] for row in scene.present] == ["prompt", "user_agent", "tls_fingerprint"]
    assert scene.absent == ("logprobs",)
    assert [(row["code"], row["missing"]) for row in scene.blind] == [("S110", ["logprobs", "top_logprobs"])]


def test_what_the_sketches_made_is_told_as_the_column_of_the_log() -> None:
    made = [("prompt", 0.0), ("prompt_hash", 0.9), ("band_0", 0.9), ("ts_us", 1.0), ("ip_network", 0.4), ("ip", 0.0)]
    scene = set_scene({"coverage": [{"column": name, "share": share, "meaning": "m"} for name, share in made]})
    assert {row["column"]: row["share"] for row in scene.present} == {"prompt": 0.9, "ts": 1.0, "ip": 0.4}
    assert scene.absent == ()
    assert scene.present[0]["meaning"] == "the last user message"


def test_the_budget_is_told_as_a_chain(scan: dict[str, Any]) -> None:
    rows = {name: value for name, value, _ in set_scene(scan).budget}
    assert rows["Budget"] == "1 false a month"
    assert rows["Group cut-off"] == "0.011"
    assert rows["Harvest cut-off"].startswith("+4.5 (")
    assert rows["Decoys that passed"] == "0"
    del scan["budget"]["p_cut"], scan["calibration"]
    assert not {"Group cut-off", "Decoys that passed"} & {name for name, _, _ in set_scene(scan).budget}
    del scan["budget"]
    assert set_scene(scan).budget == ()


def test_strings_are_clean(scan: dict[str, Any]) -> None:
    scan["quarantined"]["reasons"][0]["example"] = "\x1b[2Jfile\u202e"
    assert set_scene(scan).quarantine[0]["example"] == "file"


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_part_of_another_shape_never_stops_the_report(data: st.DataObject, odd_facts: Odd) -> None:
    set_scene(data.draw(odd_facts))


@pytest.mark.parametrize("value", [None, True, "3", float("nan"), float("inf"), [1]])
def test_what_is_no_number(value: object) -> None:
    assert number(value) is None


def test_the_reliability_of_a_scan_is_read_or_left_out() -> None:
    point = {"log_lr": 1.0, "promised": 0.37, "reached": 4, "tenants": 100, "low": 0.01, "high": 0.1}
    scene = set_scene({"calibration": {"temper": 0.8, "reliability": [point, {"log_lr": "odd"}, 7]}})
    assert scene.reliability == (point,)
    assert scene.temper == 0.8
    assert set_scene({}).reliability == () and set_scene({}).temper == 1.0
