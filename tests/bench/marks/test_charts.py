from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stillwatch.bench.marks.charts import by_share, by_text, experiment_svg, unmarked, write_summary
from stillwatch.bench.marks.plan import STUDENTS
from stillwatch.bench.marks.summary import summary

Figures = dict[str, Any]


@pytest.fixture(scope="module")
def made(measured: Figures) -> Figures:
    return summary([measured])


@pytest.fixture(scope="module")
def svg(made: Figures) -> str:
    return experiment_svg(made)


def rows(spec: Figures) -> list[list[Figures]]:
    """The values of each layer, in the order drawn."""
    found = [one["values"] for one in spec.get("datasets", {}).values() if isinstance(one, dict)]
    found += [one for one in spec.get("datasets", {}).values() if isinstance(one, list)]
    for part in [spec, *spec.get("layer", [])]:
        if "values" in part.get("data", {}):
            found.append(part["data"]["values"])
    return found


def test_every_student_is_drawn_by_both_tests_as_text_grows(made: Figures) -> None:
    drawn = {(row["student"], row["test"]) for values in rows(by_text(made)) for row in values}
    assert drawn == {(one.name, test) for one in STUDENTS for test in ("our test", "published test")}


def test_shares_are_those_of_the_students_of_one_buyer(made: Figures) -> None:
    drawn = [row for values in rows(by_share(made)) for row in values]
    assert {row["share"] for row in drawn} == {0.1, 0.5, 1.0}
    own = {row["share"]: row["median"] for row in drawn if row["test"] == "our test"}
    assert own[1.0] == made["students"]["kgw-1 at 100 %"]["at"]["log10_p"]["median"]


def test_unmarked_p_values_stand_beside_chance(made: Figures) -> None:
    drawn = rows(unmarked(made))
    assert [{"chance": -a, "found": -b} for a, b in made["zeros"]["quantiles"]] in drawn
    assert all(row["chance"] >= 0 for values in drawn for row in values)


def test_the_picture_stands_alone_on_white(svg: str) -> None:
    assert svg.startswith("<svg")
    assert re.search(r'<rect [^>]*fill="(#ffffff|white)"', svg)
    for text in ("As more text is read", "By share of the data", "Students that saw no mark", "gumbel-1 at 50 %"):
        assert text in svg
    assert set(re.findall(r"https?://[^\"]+", svg)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_results_are_written_and_drawn_alike_each_time(made: Figures, svg: str, tmp_path: Path) -> None:
    drawn = write_summary(made, tmp_path)
    assert drawn.read_text() == svg
    assert json.loads((tmp_path / "summary.json").read_text()) == json.loads(json.dumps(made))
