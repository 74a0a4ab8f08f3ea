from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]
BEGIN = datetime.date(2023, 1, 1)


def day(number: int) -> str:
    return (BEGIN + datetime.timedelta(days=int(number))).isoformat()


@pytest.fixture
def releases(tmp_path: Path, evil: str) -> Path:
    rng = np.random.default_rng(3)
    rows = ["model,provider,date,kind"]
    for peer in range(24):
        rows += [f"p{peer}-{n},Peer {peer},{day(at)},release" for n, at in enumerate(rng.integers(0, 1095, 8))]
    rows += [f"gull-{n},{evil}Gull,{day(at)},release" for n, at in enumerate((50, 203, 330, 504, 802, 1000))]
    path = tmp_path / "releases.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    path = tmp_path / "windows.csv"
    path.write_text(
        "id,start,end\n" + "".join(f"C-{end},{day(end - 40)},{day(end)}\n" for end in (200, 500, 800)), encoding="utf-8"
    )
    return path


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    rows = ["model,family,date,skill,benchmark,score"]
    skills = ("coding", "agentic", "reasoning", "grading", "chat", "maths", "translation")
    for family in range(25):
        levels = rng.normal(0, 0.4, len(skills))
        for version, at in enumerate((100, 600, 1170)):
            levels = levels + rng.normal(0.4, 0.1, len(skills))
            if not family and version == 2:
                levels[:2] += 1.5
            name = f"peer{family}" if family else "gull"
            rows += [
                f"{name}-{version},{name},{day(at)},{skill},{skill}{part},{100 / (1 + np.exp(-level)):.1f}"
                for skill, level in zip(skills, levels, strict=True)
                for part in (1, 2)
            ]
    path = tmp_path / "scores.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_timeline_prints_writes_and_is_harmless(
    tmp_path: Path, releases: Path, windows: Path, capsys: Capture, run: Run
) -> None:
    command = ("provenance", "timeline", "--campaigns", windows, "--releases", releases, "--suspect", "gull-2")
    assert run(*command, "--out", tmp_path / "out", "--to", day(1094)) == 0
    said = capsys.readouterr().out
    assert "An innocent release would fit as well" in said
    assert "\x1b[31m" not in said
    assert (tmp_path / "out" / "timeline.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    written = json.loads((tmp_path / "out" / "timeline.json").read_text(encoding="utf-8"))
    assert run(*command, "--to", day(1094), "--json") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told == written
    assert told["p_value"] >= told["floor"]
    assert [c["days_from_end"] for c in told["campaigns"]] == [3, 4, 2]


def test_timeline_of_a_scan(
    tmp_path: Path, fake_scan: dict[str, Any], releases: Path, capsys: Capture, run: Run
) -> None:
    (tmp_path / "log.jsonl").write_text("{}", encoding="utf-8")
    assert run("scan", tmp_path / "log.jsonl", "--out", tmp_path / "scan") == 0
    capsys.readouterr()
    command = ("provenance", "timeline", "--releases", releases, "--suspect", "gull-2", "--json", "--campaigns")
    assert run(*command, tmp_path / "scan") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "cannot judge"
    assert told["campaigns"][0]["campaign"] == "C-1"
    assert told["campaigns"][0]["end"] == "2026-03-02"
    assert run(*command, tmp_path / "scan" / "campaigns.json") == 0


def test_timeline_errors_name_the_remedy(
    tmp_path: Path, releases: Path, windows: Path, capsys: Capture, run: Run
) -> None:
    command = ("provenance", "timeline", "--campaigns", windows, "--releases", releases, "--suspect")
    assert run(*command, "tern") == 2
    assert "neither a model nor a provider" in capsys.readouterr().err
    assert run(*command, "gull-2", "--anchor", "middle") == 2
    assert run(*command, "gull-2", "--from", "March") == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err
    assert run("provenance", "timeline", "--campaigns", windows, "--releases", tmp_path / "no", "--suspect", "x") == 4


def test_benchmarks_prints_and_writes(tmp_path: Path, scores: Path, capsys: Capture, run: Run) -> None:
    command = ("provenance", "benchmarks", scores, "--suspect", "gull-2", "--after", day(900), "--targeted", "coding",
               "--targeted", "Agentic")  # fmt: skip
    assert run(*command, "--declared", day(900), "--out", tmp_path / "out") == 0
    said = capsys.readouterr().out
    assert "consistent with targeted training in agentic, coding" in " ".join(said.split())
    page = (tmp_path / "out" / "benchmarks.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert run(*command, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert any("--declared" in text for text in told["warnings"])
    assert told["low"] is None


def test_benchmarks_errors_name_the_remedy(scores: Path, capsys: Capture, run: Run) -> None:
    assert run("provenance", "benchmarks", scores, "--suspect", "gull-2") == 2
    assert "--targeted" in capsys.readouterr().err
    assert run("provenance", "benchmarks", scores, "--suspect", "gull-2", "--targeted", "poetry") == 2
    assert "poetry" in capsys.readouterr().err
    assert run("provenance", "benchmarks", scores, "--suspect", "tern", "--targeted", "coding") == 2


def test_benchmarks_takes_what_a_scan_found(
    tmp_path: Path, fake_scan: dict[str, Any], scores: Path, capsys: Capture, run: Run
) -> None:
    (tmp_path / "log.jsonl").write_text("{}", encoding="utf-8")
    assert run("scan", tmp_path / "log.jsonl", "--out", tmp_path / "scan") == 0
    campaigns = json.loads((tmp_path / "scan" / "campaigns.json").read_text(encoding="utf-8"))
    campaigns[0]["targets"] = [
        {"skill": "coding", "share": 0.6, "exchanges": 18}, {"skill": "agentic", "share": 0.3, "exchanges": 9},
        {"skill": "extraction", "share": 0.2, "exchanges": 6},
    ]  # fmt: skip
    (tmp_path / "scan" / "campaigns.json").write_text(json.dumps(campaigns), encoding="utf-8")
    capsys.readouterr()
    command = ("provenance", "benchmarks", scores, "--suspect", "gull-2", "--campaigns", tmp_path / "scan", "--json")
    assert run(*command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["targeted"] == ["agentic", "coding"]
    assert any("extraction" in text for text in told["warnings"])
    assert told["after"] == "2026-03-01"
    assert told["declared"] == "by the traffic"
    assert told["verdict"] == "consistent with"
    (tmp_path / "scan" / "table.csv").write_text("id,start,end\nC-1,2025-01-01,2025-02-01\n", encoding="utf-8")
    assert run(*command[:-2], tmp_path / "scan" / "table.csv") == 2
    assert "is no folder of a scan" in capsys.readouterr().err
    campaigns[0]["targets"] = [{"skill": "extraction", "share": 1.0, "exchanges": 6}]
    (tmp_path / "scan" / "campaigns.json").write_text(json.dumps(campaigns), encoding="utf-8")
    assert run(*command) == 2
    assert "extraction" in capsys.readouterr().err
