"""Ingest: every exchange exactly once, whatever is repeated, grown, moved, interrupted or killed."""

import errno
import gzip
import json
import multiprocessing
import os
import random
import runpy
import shutil
import signal
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from unittest.mock import patch

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch import ingest as module
from stillwatch import sources
from stillwatch.commits import Commit
from stillwatch.config import Settings
from stillwatch.engines import DuckDBEngine
from stillwatch.errors import BadInput, BadLake, BadSettings, NothingToRead
from stillwatch.ingest import Summary, ingest, lake_key
from stillwatch.lake import Lake

RARE_WORD = "rutabaga"
ALONE = Settings(threads=1)


def line(number: int, **changes: object) -> str:
    day, second = divmod(number * 997, 86_400)
    row = {
        "ts": f"2026-03-{1 + day % 9:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z",
        "exchange_id": f"x{number}",
        "account_id": f"acct-{number % 7}",
        "ip": f"192.0.2.{number % 250}",
        "prompt": f"Please explain {RARE_WORD} number {number} in plain words, with an example.",
        "output_tokens": number,
    }
    return json.dumps(row | changes) + "\n"


def write(path: Path, numbers: Iterable[int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(map(line, numbers)))
    return path


def run(paths: Sequence[Path], lake: Path, *, chunk_bytes: int = 4096, **options: object) -> Summary:
    options.setdefault("settings", ALONE)
    return ingest(sources.plan(paths, chunk_bytes=chunk_bytes), lake, **options)  # type: ignore[arg-type]


def ids(lake: Path) -> list[str]:
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        Lake.open(lake).register(engine)
        return engine.fetch("SELECT exchange_id FROM exchanges ORDER BY exchange_id")["exchange_id"].to_pylist()


def tree(lake: Path) -> dict[str, bytes]:
    return {str(path.relative_to(lake)): path.read_bytes() for path in sorted(lake.rglob("*")) if path.is_file()}


def named(numbers: Iterable[int]) -> list[str]:
    return sorted(f"x{number}" for number in numbers)


def test_a_log_becomes_rows_by_day_sorted_by_account_and_time(tmp_path: Path) -> None:
    log = write(tmp_path / "log.jsonl", range(300))
    seen: list[tuple[int, int]] = []
    summary = run([log], tmp_path / "lake", progress=lambda done, rows: seen.append((done, rows)))
    assert (summary.rows, summary.new_rows, summary.quarantined, summary.duplicates) == (300, 300, 0, 0)
    assert summary.chunks > 5
    assert summary.bytes == log.stat().st_size
    assert seen[-1] == (log.stat().st_size, 300)
    assert ids(tmp_path / "lake") == named(range(300))
    lake = Lake.open(tmp_path / "lake")
    assert lake.days() == ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")
    for path in lake.files():
        table = pq.read_table(path)
        keys = list(zip(*(table[name].to_pylist() for name in ("account_key", "ts_us")), strict=True))
        assert keys == sorted(keys)
    assert summary.coverage.columns["output_tokens"] == 1.0
    assert summary.coverage.columns["tls_fingerprint"] == 0.0
    assert "staging" not in {path.name for path in lake.root.iterdir()}


def test_the_same_log_again_moved_or_copied_adds_nothing(tmp_path: Path) -> None:
    log = write(tmp_path / "a" / "log.jsonl", range(100))
    run([log], tmp_path / "lake")
    before = tree(tmp_path / "lake")
    again = run([log], tmp_path / "lake")
    assert (again.new_rows, again.chunks, again.duplicates) == (0, 0, 0)
    assert again.skipped_chunks > 1
    (tmp_path / "b").mkdir()
    shutil.copy(log, tmp_path / "b" / "copy.jsonl")
    run([tmp_path / "b"], tmp_path / "lake")
    log.rename(tmp_path / "moved.jsonl")
    run([tmp_path / "moved.jsonl"], tmp_path / "lake")
    assert tree(tmp_path / "lake") == before


def test_bad_rows_are_kept_with_reason_and_place(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(
        line(1).encode() + b'{"ts":\n' + b'{"ts":"2026-03-01","account_id":"a\xff"}\n' + line(2, ts=None).encode()
    )
    summary = run([log], tmp_path / "lake")
    assert (summary.rows, summary.quarantined) == (1, 3)
    rows = [
        json.loads(text)
        for path in (tmp_path / "lake" / "quarantine").iterdir()
        for text in path.read_text().splitlines()
    ]
    assert all(row["path"] == str(log) and row["place"].startswith("byte ") and row["reason"] for row in rows)
    assert sorted("raw" if "raw" in row else "raw_base64" for row in rows) == ["raw", "raw", "raw_base64"]
    assert sum(fault.rows for fault in summary.coverage.faults) == 3


def test_a_log_without_a_usable_row_says_why(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(line(1, ts="never") + line(2, ts="never"))
    with pytest.raises(NothingToRead, match=r"2 were refused.*quarantine"):
        run([log], tmp_path / "lake")


def test_overlapping_exports_count_once(tmp_path: Path) -> None:
    run([write(tmp_path / "a.jsonl", range(60))], tmp_path / "lake")
    summary = run([write(tmp_path / "b.jsonl", range(40, 90)), tmp_path / "a.jsonl"], tmp_path / "lake")
    assert (summary.new_rows, summary.duplicates, summary.rows) == (30, 20, 90)
    assert ids(tmp_path / "lake") == named(range(90))
    twice = run([write(tmp_path / "c.jsonl", [200, 201, 200, 201, 202])], tmp_path / "lake")
    assert (twice.new_rows, twice.duplicates) == (3, 2)


def test_every_packing_of_a_folder_is_read_with_its_tables(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    write(folder / "exchanges" / "1.jsonl", range(10))
    (folder / "exchanges" / "2.jsonl.gz").write_bytes(gzip.compress("".join(map(line, range(5, 20))).encode()))
    (folder / "accounts.jsonl").write_text(
        '{"account_id":"acct-1","plan":"paid","signup_ip":"192.0.2.9"}\n{"account_id":"acct-2"}\n'
    )
    (folder / "models.jsonl").write_text('{"model":"m-1","input_price":1.5}\n')
    summary = run([folder], tmp_path / "lake")
    assert summary.tables == ("accounts", "models")
    assert ids(tmp_path / "lake") == named(range(20))
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        Lake.open(tmp_path / "lake").register(engine)
        joined = engine.scalar(
            "SELECT CAST(count(*) AS BIGINT) FROM exchanges AS e JOIN accounts AS a ON e.account_key = a.account_key"
        )
        network = engine.scalar("SELECT signup_network FROM accounts WHERE account_id = 'acct-1'")
    assert joined == sum(number % 7 in (1, 2) for number in range(20))
    assert isinstance(network, int)


def test_forgotten_text_is_nowhere_in_the_lake(tmp_path: Path) -> None:
    log = write(tmp_path / "log.jsonl", range(50))
    with log.open("a") as sink:
        sink.write(f'{{"prompt": "{RARE_WORD} broken\n')
    summary = run([log], tmp_path / "lake", forget_text=True)
    assert (summary.rows, summary.quarantined) == (50, 1)
    lake = Lake.open(tmp_path / "lake")
    for path in lake.files():
        table = pq.read_table(path)
        assert table["prompt"].null_count == table["ip"].null_count == table.num_rows
        assert table["prompt_hash"].null_count == 0
        assert RARE_WORD not in str(table.to_pylist())
    assert not [name for name, data in tree(lake.root).items() if RARE_WORD.encode() in data]
    key = lake.root / "hash.key"
    assert key.stat().st_mode & 0o777 == 0o600
    first = pq.read_table(lake.files()[0])["prompt_hash"].to_pylist()
    run([log], tmp_path / "other", forget_text=True)
    assert pq.read_table(Lake.open(tmp_path / "other").files()[0])["prompt_hash"].to_pylist() != first
    with pytest.raises(BadLake, match="forgets text"):
        run([log], tmp_path / "lake")
    key.unlink()
    with pytest.raises(BadSettings, match="HASH_KEY_FILE"):
        run([log], tmp_path / "lake", forget_text=True)


def test_the_users_own_hash_key_is_used_and_checked(tmp_path: Path) -> None:
    log = write(tmp_path / "log.jsonl", range(5))
    good, other, short = tmp_path / "good", tmp_path / "other", tmp_path / "short"
    good.write_text("k" * 32 + "\n")
    other.write_text("j" * 32)
    short.write_text("brief")
    run([log], tmp_path / "lake", forget_text=True, settings=Settings(threads=1, hash_key_file=good))
    assert not (tmp_path / "lake" / "hash.key").exists()
    lake = Lake.open(tmp_path / "lake")
    assert lake_key(lake, Settings(hash_key_file=good)) == b"k" * 32
    with pytest.raises(BadLake, match="another hash key"):
        lake_key(lake, Settings(hash_key_file=other))
    run([log], tmp_path / "open")
    assert lake_key(Lake.open(tmp_path / "open"), ALONE) is None
    for path, error in ((other, BadLake), (short, BadSettings), (tmp_path / "none", BadSettings)):
        with pytest.raises(error):
            run([log], tmp_path / "lake", forget_text=True, settings=Settings(threads=1, hash_key_file=path))


def test_processes_and_one_process_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORTH_A_PROCESS", 0)
    log = write(tmp_path / "log.jsonl", [*range(300), *range(100, 200), *range(400, 500)])
    one = run([log], tmp_path / "one")
    two = run([log], tmp_path / "two", settings=Settings(threads=2))
    assert one.duplicates == two.duplicates == 100
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_a_worker_that_dies_is_reported_and_the_run_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WORTH_A_PROCESS", 0)
    log = write(tmp_path / "log.jsonl", range(400))

    def kill_workers(done: int, rows: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(BadInput, match=r"log\.jsonl, from byte \d+: a worker process ended.*same command again"):
        run([log], tmp_path / "lake", settings=Settings(threads=2), progress=kill_workers)
    assert 0 < len(ids(tmp_path / "lake")) < 400
    run([log], tmp_path / "lake")
    run([log], tmp_path / "calm")
    assert tree(tmp_path / "lake") == tree(tmp_path / "calm")


def test_an_error_names_the_file_and_not_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write(tmp_path / "log.jsonl", range(10))

    def fail(job: object) -> None:
        raise ValueError(f"could not convert {RARE_WORD}")

    monkeypatch.setattr(module, "make_parts", fail)
    with pytest.raises(BadInput, match=r"log\.jsonl, from byte 0: ValueError") as caught:
        run([log], tmp_path / "lake")
    assert RARE_WORD not in str(caught.value)


def test_a_full_disk_is_reported_and_the_run_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write(tmp_path / "log.jsonl", range(200))
    commit = Lake.commit

    def full(lake: Lake, made: Commit, staged: Path) -> None:
        if made.sequence == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(staged))
        commit(lake, made, staged)

    with monkeypatch.context() as context:
        context.setattr(Lake, "commit", full)
        with pytest.raises(BadLake, match=r"No space left.*same command again"):
            run([log], tmp_path / "lake")
    assert 0 < len(ids(tmp_path / "lake")) < 200
    run([log], tmp_path / "lake")
    run([log], tmp_path / "calm")
    assert tree(tmp_path / "lake") == tree(tmp_path / "calm")


def test_a_run_killed_before_it_looked_for_duplicates_does_not_count_them_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = [write(tmp_path / "a.jsonl", range(60)), write(tmp_path / "b.jsonl", range(30, 100))]

    def killed(lake: Lake, _: object) -> None:
        if lake.commits:
            raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(module, "_retract", killed)
        with pytest.raises(KeyboardInterrupt):
            run(logs, tmp_path / "lake")
    again = run(logs, tmp_path / "lake")
    assert (again.rows, again.new_rows, again.duplicates) == (100, 0, 0)


def test_a_stop_by_hand_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    log = write(tmp_path / "log.jsonl", range(200))

    def stop(done: int, rows: int) -> None:
        if rows > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="Run the same command again"):
        run([log], tmp_path / "lake", progress=stop)
    assert 50 < len(ids(tmp_path / "lake")) < 200
    run([log], tmp_path / "lake")
    run([log], tmp_path / "calm")
    assert tree(tmp_path / "lake") == tree(tmp_path / "calm")


KILLED = """
import os
from pathlib import Path
from stillwatch import ingest, sources
from stillwatch.config import Settings
ingest.WORTH_A_PROCESS = 0
os.fsync = lambda file: None  # the machine stays on: waiting for its disk would test nothing
plan = sources.plan([Path(log) for log in LOGS], chunk_bytes=32768)
ingest.ingest(plan, Path(LAKE), settings=Settings(threads=THREADS))
"""


def test_a_run_killed_again_and_again_ends_as_if_undisturbed(tmp_path: Path) -> None:
    logs = [write(tmp_path / "a.jsonl", range(3000)), write(tmp_path / "b.jsonl", range(2000, 6000))]
    with patch("os.fsync"):
        calm = run(logs, tmp_path / "calm", chunk_bytes=32768)
    assert (calm.rows, calm.duplicates) == (6000, 1000)
    script = tmp_path / "killed.py"  # without a `__name__` guard: workers must not run it again
    script.write_text(KILLED)
    # Forked from a server that has made the imports, so that a child is at work at once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["stillwatch.ingest"])
    dice = random.Random(7)
    kills = 0
    for threads in (1, 1, 2, 1, 2, 1):
        names = {"THREADS": threads, "LAKE": str(tmp_path / "lake"), "LOGS": [str(log) for log in logs]}
        child = context.Process(target=runpy.run_path, args=(str(script), names))
        wanted = commits(tmp_path / "lake") + 1 + dice.randrange(6)
        child.start()
        while child.is_alive() and commits(tmp_path / "lake") < wanted:
            child.join(0.002)
        child.join(dice.random() * 0.03)
        child.kill()
        child.join()
        assert child.exitcode in (0, -signal.SIGKILL)
        kills += child.exitcode != 0
    assert kills >= 5
    run(logs, tmp_path / "lake", chunk_bytes=32768)
    assert ids(tmp_path / "lake") == named(range(6000))
    assert tree(tmp_path / "lake") == tree(tmp_path / "calm")


def commits(lake: Path) -> int:
    return sum(1 for _ in (lake / "commits").glob("*.json"))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(1, 30), st.integers(0, 120), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([500, 2000, 10_000]),
)
def test_files_that_split_grow_overlap_and_move_give_each_exchange_once(
    steps: list[tuple[int, int, int, int, bool]], chunk_bytes: int
) -> None:
    """Each step appends some lines to a file, the last one cut short until the next step, maybe under a new name."""
    with tempfile.TemporaryDirectory() as name, patch("os.fsync"):
        folder = Path(name)
        rest: dict[Path, str] = {}
        expected: set[int] = set()
        for turn, (file, first, count, cut, move) in enumerate(steps):
            path = folder / "logs" / f"{file}.jsonl"
            path.parent.mkdir(exist_ok=True)
            text = rest.pop(path, "") + "".join(map(line, range(first, first + count)))
            expected |= set(range(first, first + count))
            with path.open("a") as sink:
                sink.write(text[: len(text) - cut])
            rest[path] = text[len(text) - cut :]
            if move and path.stat().st_size:
                moved = path.with_name(f"moved-{turn}.jsonl")
                path.rename(moved)
                rest[moved] = rest.pop(path)
            # A file whose first line is not complete yet has no format that could be recognised.
            texts = [path.read_bytes() for path in path.parent.iterdir()]
            if any(texts) and all(b"}\n" in text for text in texts if text):
                run([path.parent], folder / "lake", chunk_bytes=chunk_bytes)
        for path, text in rest.items():
            with path.open("a") as sink:
                sink.write(text)
        summary = run([folder / "logs"], folder / "lake", chunk_bytes=chunk_bytes)
        assert ids(folder / "lake") == named(expected)
        assert (summary.rows, summary.coverage.quarantined) == (len(expected), 0)
