from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from stillwatch.bench.page import tables, write_results
from stillwatch.bench.summary import summarise


def test_the_page_holds_every_world_and_fetches_nothing(worlds: list[dict[str, Any]], tmp_path: Path) -> None:
    write_results(worlds, tmp_path)
    page = (tmp_path / "benchmark.html").read_text(encoding="utf-8")
    for world in worlds:
        assert f"seed={world['seed']}" in page
    assert page.count("<svg") == 4
    outside = re.findall(r'(?:src|href)="(?!#)[^"]*"|<script|@import|url\((?!#)', page)
    assert outside == []


def test_the_summary_is_plain_json(worlds: list[dict[str, Any]], tmp_path: Path) -> None:
    plain = write_results(worlds, tmp_path)
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")) == json.loads(json.dumps(plain))
    assert plain["find"][0]["found"]["n"] == 1


def test_hostile_names_stay_text(worlds: list[dict[str, Any]], tmp_path: Path) -> None:
    world = deepcopy(worlds[0])
    world["case"] = world["scenario"] = "<script>alert(1)</script>"
    write_results([world], tmp_path)
    assert "<script" not in (tmp_path / "benchmark.html").read_text(encoding="utf-8")


def test_tables_have_cells_under_every_head(worlds: list[dict[str, Any]]) -> None:
    made = tables(summarise(worlds))
    assert {title for title, *_ in made} >= {"False alerts", "Time to detection", "Baseline: one rule an account"}
    for title, remark, head, rows in made:
        assert title and remark and rows
        assert all(len(row) == len(head) and all(isinstance(cell, str) for cell in row) for row in rows)
    assert tables(summarise([])) == []
