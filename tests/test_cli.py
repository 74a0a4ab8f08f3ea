import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch import __version__, cli, errors, pipeline
from stillwatch.findings import Campaign, Cost, Reason

Capture = pytest.CaptureFixture[str]
EVIL = "\x1b[31m[bold]evil[/bold]\u202e"


def make_campaign() -> Campaign:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    return Campaign(
        id="C-1",
        status="alert",
        accounts=3,
        exchanges=30,
        tokens=None,
        first_seen=moment,
        last_seen=moment,
        p_value=1e-9,
        q_value=1e-8,
        harvest_log_lr=5.0,
        kinds=("reasoning",),
        reasons=(Reason(code="S1", name="asks", weight=5.0, text=EVIL),),
        rivals=(),
        targets=(),
        cost=Cost(tokens=None, dollars=None, exchanges_per_day=30.0),
        verdict="verdict " + EVIL,
    )


@dataclass(frozen=True)
class FakeScan:
    campaigns: tuple[Campaign, ...]
    facts: dict[str, Any]


@pytest.fixture
def fake_scan(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands in for the pipeline: remembers what it was called with and leaves a finished scan."""
    seen: dict[str, Any] = {}

    def scan(inputs: list[Path], out: Path, **options: Any) -> FakeScan:
        seen.update(options, inputs=inputs, out=out)
        out.mkdir(parents=True, exist_ok=True)
        facts: dict[str, Any] = {"coverage": [{"column": EVIL, "share": 1.0}], "seconds": 1.0, "inputs": []}
        (out / "campaigns.json").write_bytes(msgspec.json.encode([make_campaign()]))
        (out / "scan.json").write_bytes(msgspec.json.encode(facts))
        members = {"campaign_id": ["C-1"], "account_id": ["acct-7"], "probability": [0.75]}
        pq.write_table(pa.table(members), out / "members.parquet")
        return FakeScan((make_campaign(),), facts)

    monkeypatch.setattr(pipeline, "scan", scan)
    return seen


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def test_version(capsys: Capture) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"stillwatch {__version__}\n"


def test_a_wrong_flag_is_usage(capsys: Capture) -> None:
    assert run("scan", "x", "--wrong") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_scan_passes_on_what_was_asked(fake_scan: dict[str, Any], tmp_path: Path, capsys: Capture) -> None:
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
    fake_scan: dict[str, Any], tmp_path: Path, capsys: Capture
) -> None:
    run("scan", tmp_path, "--out", tmp_path / "out")
    run("explain", tmp_path / "out", "C-1")
    run("explain", tmp_path / "out", "acct-7")
    run("explain", tmp_path / "out", EVIL)
    run("scan", tmp_path, "--out", tmp_path / "out", "--json")
    caught = capsys.readouterr()
    assert "[bold]evil[/bold]" in caught.out
    assert not {"\x1b", "\u202e"} & set(caught.out + caught.err)


def test_scan_as_json(fake_scan: dict[str, Any], tmp_path: Path, capsys: Capture) -> None:
    assert run("scan", tmp_path, "--out", tmp_path / "out", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["campaigns"][0]["id"] == "C-1"
    assert document["campaigns"][0]["tokens"] is None
    assert document["scan"]["seconds"] == 1.0


def test_explain(fake_scan: dict[str, Any], tmp_path: Path, capsys: Capture) -> None:
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


def test_a_missing_input_is_named(tmp_path: Path, capsys: Capture) -> None:
    assert run("scan", tmp_path / "no.jsonl", "--out", tmp_path / "out") == 4
    assert run("ingest", tmp_path / "no.jsonl", "--lake", tmp_path / "lake") == 4
    assert run("scan", tmp_path, "--out", tmp_path / "out", "--models", tmp_path / "no.csv") == 4
    assert capsys.readouterr().err.count("no such file or folder") == 3


def test_a_setting_out_of_range_is_named(tmp_path: Path, capsys: Capture) -> None:
    assert run("scan", tmp_path, "--out", tmp_path / "out", "--budget", "-1") == 2
    assert "budget" in capsys.readouterr().err


def raises(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (errors.StillwatchError("plain"), 1, "plain"),
        (errors.BadSettings("b"), 2, "b"),
        (errors.BadInput("file \x1b[31mx: cut"), 3, "file x: cut"),
        (errors.BadLake("locked"), 5, "locked"),
        (PermissionError(13, "Permission denied", "/lake"), 1, "/lake: Permission denied"),
        (KeyboardInterrupt("stopped with 3 chunks safe"), 130, "stopped with 3 chunks safe"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ValueError("the prompt was: my secret"), 70, "internal error ValueError"),
    ],
)
def test_errors_are_one_line_with_their_status(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    monkeypatch.delenv("STILLWATCH_DEBUG", raising=False)
    monkeypatch.setattr(pipeline, "scan", raises(error))
    assert run("scan", tmp_path, "--out", tmp_path / "out") == status
    caught = capsys.readouterr()
    assert said in caught.err
    assert caught.err.count("\n") == 1
    assert "secret" not in caught.err
    assert "\x1b" not in caught.err


def test_debug_shows_the_whole_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture) -> None:
    monkeypatch.setenv("STILLWATCH_DEBUG", "1")
    monkeypatch.setattr(pipeline, "scan", raises(ValueError("inside")))
    assert run("scan", tmp_path, "--out", tmp_path / "out") == 70
    assert "ValueError: inside" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["signals", "formats"])
def test_lists_are_the_same_as_text_and_as_json(command: str, capsys: Capture) -> None:
    assert run(command, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert run(command) == 0
    text = capsys.readouterr().out
    assert rows
    assert all(row["name"] in text for row in rows)


def test_ingest_tells_coverage_first_and_repeats_for_free(tmp_path: Path, capsys: Capture) -> None:
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


def test_demo_never_clears_a_folder_that_is_not_its_own(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "thesis.txt").touch()
    assert run("demo", tmp_path) == 2
    assert (tmp_path / "thesis.txt").exists()
    assert "not an earlier demo" in capsys.readouterr().err


@pytest.mark.acceptance
def test_the_demo_finds_what_was_planted(tmp_path: Path, capsys: Capture) -> None:
    old = tmp_path / "demo" / "world" / "of-an-earlier-demo"
    old.mkdir(parents=True)
    (tmp_path / "demo" / cli.DEMO_MARK).touch()
    assert run("demo", tmp_path / "demo", "--json") == 0
    assert not old.exists()
    document = json.loads(capsys.readouterr().out)
    (hit,) = document["drill"]["planted"]
    assert hit["recall"] > 0.8
    assert hit["precision"] > 0.8
    assert document["drill"]["false_alerts"] == []
    assert Path(document["report"]).is_file()
    account = pq.read_table(tmp_path / "demo" / "scan" / "members.parquet")["account_id"][0].as_py()
    assert run("explain", tmp_path / "demo" / "scan", account) == 0
    assert "belongs to" in capsys.readouterr().out
    assert run("explain", tmp_path / "demo" / "scan", "nobody") == 0
    assert "did not see it" in capsys.readouterr().out


def test_simulate_writes_a_world_beside_its_truth(tmp_path: Path, capsys: Capture) -> None:
    world = tmp_path / "world"
    assert run("simulate", world, "--scenario", "none", "--accounts", "500", "--days", "1", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["campaigns"] == []
    assert (world / "accounts.parquet").is_file()
    assert Path(facts["truth"]).is_dir()
    assert run("simulate", world, "--scenario", "none", "--accounts", "500", "--days", "1") == 2
