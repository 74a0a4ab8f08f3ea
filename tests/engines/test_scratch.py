import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.engines.scratch import OWNER, Scratch
from stillwatch.errors import BadSettings

ABANDONED = """
import sys
from pathlib import Path
from stillwatch.engines import DuckDBEngine
engine = DuckDBEngine(memory="50MB", threads=1, scratch=Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""


def left_by_dead_processes(parent: Path, count: int) -> list[Path]:
    """Folders as processes that were killed leave them: nobody holds their locks."""
    left = [Scratch(parent) for _ in range(count)]
    for scratch in left:
        (scratch.path / "spill.tmp").write_bytes(bytes(100))
        os.close(scratch._owner)
    return [scratch.path for scratch in left]


def test_a_folder_of_its_own_that_goes_when_closed(tmp_path: Path) -> None:
    with Scratch(tmp_path) as first, Scratch(tmp_path) as second:
        assert first != second and first.parent == second.parent == tmp_path
        (first / "part.parquet").write_bytes(b"x")
        assert first.stat().st_mode & 0o077 == 0, "the log's own data: nobody else may read it"
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    scratch.close()
    scratch.close()
    assert not scratch.path.exists()


def test_the_next_process_clears_away_what_a_killed_one_left(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - this interpreter, and code of our own
        [sys.executable, "-c", ABANDONED, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        (theirs,) = tmp_path.iterdir()
        with DuckDBEngine(scratch=tmp_path):
            assert theirs.is_dir(), "a living process keeps its own"
        process.send_signal(signal.SIGKILL)
    assert theirs.is_dir()
    with DuckDBEngine(scratch=tmp_path):
        assert not theirs.exists()


def test_only_what_this_user_and_this_machine_left_is_removed(tmp_path: Path) -> None:
    abandoned, foreign, strange, unlike = left_by_dead_processes(tmp_path, 4)
    (foreign / OWNER).write_text(f"not-{socket.gethostname()}")  # its locks may not be seen from here
    (strange / OWNER).unlink()  # not made here, whatever it is called
    unlike = unlike.rename(tmp_path / "precious")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / OWNER).write_text(socket.gethostname())
    (tmp_path / "stillwatch-link").symlink_to(outside)
    Scratch(tmp_path).close()
    assert not abandoned.exists()
    assert all(path.is_dir() for path in (foreign, strange, unlike, outside))


def test_where_there_are_no_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (theirs,) = left_by_dead_processes(tmp_path, 1)

    def none_here(descriptor: int, operation: int) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr("stillwatch.engines.scratch.fcntl.flock", none_here)
    with Scratch(tmp_path) as mine:
        assert mine.is_dir() and theirs.is_dir()


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"absent: no folder to spill into .*No such file.*`scratch`"):
        Scratch(tmp_path / "absent")
