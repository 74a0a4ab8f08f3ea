from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]


def test_scan_passes_on_what_was_asked(fake_scan: dict[str, Any], tmp_path: Path, capsys: Capture, run: Run) -> None:
    log, table = tmp_path / "a.jsonl", tmp_path / "accounts.csv"
    log.touch()
    table.touch()
    out = tmp_path / "out"
    assert (
        run("scan", log, "--out", out, "--accounts", table, "--budget", "0.25", "--seed", "9", "--format", "otel") == 0
    )
    assert fake_scan["inputs"] == [log]
    assert (fake_scan["out"], fake_scan["accounts"], fake_scan["contracts"]) == (out, table, None)
    assert (fake_scan["settings"].budget, fake_scan["settings"].seed, fake_scan["format"]) == (0.25, 9, "otel")
    text = capsys.readouterr().out
    assert text.index("What the log carries") < text.index("C-1")
    assert (out / "report.html").is_file()
    assert "report.html" in text


def test_no_string_of_a_log_reaches_the_terminal_raw(
    fake_scan: dict[str, Any], tmp_path: Path, capsys: Capture, run: Run, evil: str
) -> None:
    run("scan", tmp_path, "--out", tmp_path / "out")
    run("explain", tmp_path / "out", "C-1")
    run("explain", tmp_path / "out", "acct-7")
    run("explain", tmp_path / "out", evil)
    run("scan", tmp_path, "--out", tmp_path / "out", "--json")
    caught = capsys.readouterr()
    assert "[bold]evil[/bold]" in caught.out
    assert not {"\x1b", "\u202e"} & set(caught.out + caught.err)


def test_scan_as_json(fake_scan: dict[str, Any], tmp_path: Path, capsys: Capture, run: Run) -> None:
    assert run("scan", tmp_path, "--out", tmp_path / "out", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["campaigns"][0]["id"] == "C-1"
    assert document["campaigns"][0]["tokens"] is None
    assert document["scan"]["seconds"] == 1.0


def test_explain(fake_scan: dict[str, Any], tmp_path: Path, capsys: Capture, run: Run) -> None:
    out = tmp_path / "out"
    run("scan", tmp_path, "--out", out, "--json")
    capsys.readouterr()
    assert run("explain", out, "C-1") == 0
    assert "+5.00" in capsys.readouterr().out
    assert run("explain", out, "acct-7", "--json") == 0
    assert json.loads(capsys.readouterr().out)["campaigns"][0]["probability"] == 0.75
    assert run("explain", out, "acct-8", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"account_id": "acct-8", "campaigns": [], "seen": None}
    assert run("explain", tmp_path / "nowhere", "C-1") == 3
    assert run("explain", out, "C-1d19657c") == 2
    assert "no campaign C-1d19657c here" in capsys.readouterr().err


def test_ingest_knows_what_the_side_tables_carry(tmp_path: Path, capsys: Capture, run: Run) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "log.jsonl").write_text('{"ts": "2026-03-02T00:00:00Z", "account_id": "a", "prompt": "hello"}\n')
    (logs / "accounts.csv").write_text("account_id,created_at,banned_at\na,2026-03-01,2026-03-03\n")
    assert run("ingest", *logs.iterdir(), "--lake", tmp_path / "lake", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    lacking = {need for row in facts["signals"] for need in row["missing"] if need.startswith("accounts.")}
    assert lacking == {"accounts.billing_country"}


def test_ingest_tells_coverage_first_and_repeats_for_free(tmp_path: Path, capsys: Capture, run: Run) -> None:
    rows = [
        {"ts": f"2026-03-02T00:00:{n:02d}Z", "exchange_id": f"e{n}", "account_id": "a", "prompt": f"hello {n}"}
        for n in range(5)
    ]
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"account_id": "no time"}\n')
    lake = tmp_path / "lake"
    assert run("ingest", log, "--lake", lake, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["new_rows"], facts["quarantined"]["rows"]) == (5, 1)
    assert {row["column"]: row["share"] for row in facts["coverage"]}["prompt"] == 1.0
    blind = {row["code"] for row in facts["signals"] if not row["judges"]}
    assert blind
    assert run("ingest", log, "--lake", lake) == 0
    text = capsys.readouterr().out
    assert text.index("What the log carries") < text.index("0 new exchanges")
    assert "1 row in quarantine" in text
