from pathlib import Path

import pytest

from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine, open_engine
from stillwatch.engines.spark import SparkEngine
from stillwatch.errors import BadEngine


def test_the_default_runs_here(tmp_path: Path) -> None:
    with open_engine(Settings(scratch=tmp_path, threads=1, memory="200MB")) as engine:
        assert isinstance(engine, DuckDBEngine)
        assert engine.scalar("SELECT current_setting('memory_limit') AS m") == "190.7 MiB"
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_address_opens_the_cluster(sail: str, scratch: Path) -> None:
    with open_engine(Settings(engine=sail, scratch=scratch)) as engine:
        assert isinstance(engine, SparkEngine)
        assert engine.scalar("SELECT 7 AS n") == 7
    assert list(scratch.iterdir()) == []


def test_nobody_at_the_address(tmp_path: Path) -> None:
    with (
        pytest.raises(BadEngine, match=r"sc://127\.0\.0\.1:9: cannot be reached"),
        open_engine(Settings(engine="sc://127.0.0.1:9/;token=hunter2", scratch=tmp_path)),
    ):
        raise AssertionError("opened")
    assert list(tmp_path.iterdir()) == []
