"""Days are kept once, a late file makes its own day anew, and a scan finds the same either way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch import pipeline
from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.errors import BadSettings
from stillwatch.ingest import ingest
from stillwatch.lake import Lake
from stillwatch.partials import days as days_module
from stillwatch.partials.days import keep_days, prepared
from stillwatch.partials.relations import DAILY
from stillwatch.signals import SIGNALS, build_units, measure
from stillwatch.signals import units as drawing
from stillwatch.signals.drawn import draw_exchanges


def contents(engine: DuckDBEngine, name: str) -> list[str]:
    return sorted(map(str, engine.fetch(f"SELECT * FROM {name}").to_pylist()))


@pytest.fixture
def growing(ring_world: Any, settings: Settings, tmp_path: Path) -> tuple[Lake, list[Path]]:
    """A lake of the first two days, and the files of all days."""
    files = sorted((ring_world.path / "exchanges").rglob("*.parquet"))
    ingest(files[:2], tmp_path / "lake", forget_text=True, settings=settings)
    return Lake.open(tmp_path / "lake"), files


def test_only_what_changed_is_made_again(growing: tuple[Lake, list[Path]], settings: Settings, tmp_path: Path) -> None:
    lake, files = growing
    first = keep_days(lake, tmp_path / "kept", settings)
    assert first.made == lake.days()
    assert keep_days(lake, tmp_path / "kept", settings).made == ()
    late = tmp_path / "late.parquet"
    pq.write_table(pq.read_table(files[1], partitioning=None).slice(0, 40), late)
    ingest([late, files[2]], lake.root, forget_text=True, settings=settings)
    again = Lake.open(lake.root)
    made = keep_days(again, tmp_path / "kept", settings).made
    assert again.days()[0] not in made
    assert set(made) >= {again.days()[2]}
    assert len(list((tmp_path / "kept").iterdir())) == len(again.days())


def test_what_is_kept_is_what_the_views_say(
    growing: tuple[Lake, list[Path]], settings: Settings, tmp_path: Path
) -> None:
    """Also where a file repeats rows of another: those count once."""
    lake, files = growing
    twice = tmp_path / "twice.parquet"
    pq.write_table(pq.read_table(files[0], partitioning=None).slice(10, 500), twice)
    ingest([twice], lake.root, forget_text=True, settings=settings)
    lake = Lake.open(lake.root)
    assert lake.coverage().duplicates > 0
    with DuckDBEngine(memory="1GB", threads=1) as plain, DuckDBEngine(memory="1GB", threads=1) as kept:
        lake.register(plain)
        with prepared(kept, lake, settings, tmp_path / "kept"):
            for name in ("account_values", "filled", "repeated_prompts", "shared_band_0"):
                if name not in DAILY:
                    assert contents(kept, name) == contents(plain, name)
            for engine in (plain, kept):
                engine.materialise(
                    "added",
                    "SELECT account_key, place, value, sum(exchanges) AS n FROM account_values "
                    "GROUP BY account_key, place, value",
                )
            assert contents(kept, "added") == contents(plain, "added")
            for name in ("account_days", "account_totals", "retries"):
                assert contents(kept, name) == contents(plain, name), name


def test_partials_of_signals_add_up_over_days(
    growing: tuple[Lake, list[Path]], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept by day and added, or made day by day in a large log: the partials of the whole log at once."""
    lake, _ = growing
    chosen = [signal for signal in SIGNALS if signal.by_day or signal.again_sql()]
    judged = set()
    with (
        DuckDBEngine(memory="1GB", threads=1) as kept,
        DuckDBEngine(memory="1GB", threads=1) as plain,
        prepared(kept, lake, settings, tmp_path / "kept") as built,
    ):
        there = {name.removeprefix("daily_") for name in built} - measure.DAY_HELPERS
        assert there == {signal.table for signal in chosen if signal.code != "SW109"}
        assert set(built) > measure.DAY_HELPERS
        lake.register(plain)
        for signal in chosen:
            monkeypatch.setattr(measure, "LARGE_LOG", 10**9)
            if not measure.keep_partials(plain, signal):
                continue  # this log has nobody banned, for one
            judged.add(signal.code)
            whole = contents(plain, signal.table)
            if signal.table in there:
                # What is kept is enough, but where prompts are asked again.
                lake.register_exchanges(kept, lake.days() if signal.again_sql() else [])
                assert measure.keep_partials(kept, signal, built)
                assert contents(kept, signal.table) == whole, signal
                assert built[signal.table] >= len(whole)
            monkeypatch.setattr(measure, "LARGE_LOG", 0)
            assert measure.keep_partials(plain, signal), signal
            assert contents(plain, signal.table) == whole, signal
    assert judged >= {"SW104", "SW105", "SW108", "SW109", "SW110", "SW112", "SW117"}


def test_a_folder_half_made_is_not_taken_for_whole(
    growing: tuple[Lake, list[Path]], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, _ = growing
    real = pq.write_table
    calls = iter(range(10))

    def dies(*arguments: Any, **options: Any) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        real(*arguments, **options)

    monkeypatch.setattr(days_module.pq, "write_table", dies)
    with pytest.raises(KeyboardInterrupt):
        keep_days(lake, tmp_path / "kept", settings)
    monkeypatch.setattr(days_module.pq, "write_table", real)
    assert keep_days(lake, tmp_path / "kept", settings).made == lake.days()
    assert len(list((tmp_path / "kept").iterdir())) == len(lake.days())


def test_a_folder_that_cannot_be_written_is_named(
    growing: tuple[Lake, list[Path]], settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match="file: partial results cannot be kept here"):
        keep_days(growing[0], tmp_path / "file", settings)


def test_a_scan_finds_the_same(
    ring_lake: Path, ring_scan: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From kept days, and with the recurring hashes found beside SQL: byte by byte the campaigns of a plain scan."""
    monkeypatch.setattr(days_module, "LARGE_LOG", 0)
    found = pipeline.scan([ring_lake], tmp_path / "out", settings=settings, partials=tmp_path / "kept")
    assert (tmp_path / "out" / "campaigns.json").read_bytes() == (ring_scan / "campaigns.json").read_bytes()
    assert (tmp_path / "out" / "members.parquet").read_bytes() == (ring_scan / "members.parquet").read_bytes()
    assert found.campaigns
    shutil.rmtree(tmp_path / "kept")


def test_supporting_signals_of_a_large_log_look_at_one_day_in_four_kept_or_not(
    growing: tuple[Lake, list[Path]], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, _ = growing
    monkeypatch.setattr(measure, "LARGE_LOG", 0)
    monkeypatch.setattr(measure, "FEW", 2)  # the log has three days
    monkeypatch.setattr(drawing, "MOST_ACCOUNTS", 60)
    monkeypatch.setattr(drawing, "MOST_SHARED", 1)
    signal = next(one for one in SIGNALS if one.code == "SW112")
    none = pa.table({"group_id": pa.array([], pa.string()), "account_key": pa.array([], pa.int64())})
    with (
        DuckDBEngine(memory="1GB", threads=1) as kept,
        DuckDBEngine(memory="1GB", threads=1) as cold,
        prepared(kept, lake, settings, tmp_path / "kept") as built,
        prepared(cold, lake, settings),
    ):
        for engine, tables in ((cold, {}), (kept, built)):
            build_units(engine, none, 0)
            draw_exchanges(engine, [signal])
            few, accounts = "signal_drawn_few", "signal_drawn_accounts"
            assert measure.keep_partials(engine, signal, tables, exchanges=few, accounts=accounts)
        looked = {row["hour"] // 24 for row in kept.fetch(f"SELECT hour FROM {signal.table}").to_pylist()}
        assert looked and all(day % 2 == 0 for day in looked)
        assert len(looked) < len(lake.days())
        assert kept.scalar("SELECT count(*) FROM signal_drawn_accounts") < kept.scalar(
            "SELECT count(*) FROM signal_seen"
        )
        assert contents(kept, signal.table) == contents(cold, signal.table)
