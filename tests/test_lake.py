"""The lake: what is committed is there, what is not is not, rows that repeat count once."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.commits import Commit, Fault, Part, part_key
from stillwatch.engines import DuckDBEngine
from stillwatch.errors import BadLake
from stillwatch.lake import PART_SCHEMA, Lake
from stillwatch.schema import ACCOUNTS, CONTRACTS, LAKE, MODELS

DAY_US = 86_400_000_000
DAYS = {"2026-01-01": 20454, "2026-01-02": 20455}


def rows_of(part: str, day: str, exchanges: list[int]) -> pa.Table:
    moments = [DAYS[day] * DAY_US + place for place in range(len(exchanges))]
    given = {
        "ts_us": moments,
        "hour": [moment // 3_600_000_000 for moment in moments],
        "account_key": [7] * len(exchanges),
        "exchange_key": exchanges,
        "exchange_id": [f"{part}:{exchange}" for exchange in exchanges],
        "account_id": ["acct"] * len(exchanges),
        "part_key": [part_key(part)] * len(exchanges),
    }
    return pa.table(
        [pa.array(given.get(field.name, [None] * len(exchanges)), field.type) for field in PART_SCHEMA],
        schema=PART_SCHEMA,
    )


def add(lake: Lake, chunk: str, days: dict[str, list[int]], *, sequence: int, contains=(), faults=()) -> None:
    staged = lake.stage(chunk)
    parts = []
    for day, exchanges in days.items():
        (staged / day).mkdir()
        pq.write_table(rows_of(chunk, day, exchanges), staged / day / f"{chunk}.parquet")
        parts.append(Part(name=chunk, day=day, rows=len(exchanges)))
    if faults:
        (staged / "quarantine.jsonl").write_bytes(b'{"place":"byte 3"}\n')
    total = sum(part.rows for part in parts)
    record = Commit(
        chunk=chunk, sequence=sequence, source="log.jsonl", format="exchanges", size=10, extent=None,
        contains=tuple(contains), rows=total, repeated=0, first_us=1, last_us=2, parts=tuple(parts),
        columns={"exchange_id": total}, faults=faults,
    )  # fmt: skip
    lake.commit(record, staged)


def seen(lake: Lake, days: list[str] | None = None) -> list[str]:
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        Lake.open(lake.root).register_exchanges(engine, days)
        return engine.fetch("SELECT exchange_id FROM exchanges ORDER BY exchange_id")["exchange_id"].to_pylist()


def retract(lake: Lake) -> int:
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        lake.retract(engine)
    return lake.coverage().duplicates


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create_or_open(tmp_path / "lake")


def test_an_empty_lake_has_all_four_views_with_their_columns(lake: Lake) -> None:
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        lake.register(engine)
        names = {
            name: engine.fetch(f"SELECT * FROM {name}").column_names
            for name in ("exchanges", "accounts", "models", "contracts")
        }
    assert names == {
        "exchanges": list(LAKE.names),
        "accounts": [*ACCOUNTS.names, "account_key", "signup_network"],
        "models": list(MODELS.names),
        "contracts": list(CONTRACTS.names),
    }
    assert (lake.days(), lake.files(), lake.chunks()) == ((), [], frozenset())


def test_a_chunk_is_there_once_committed_and_by_day(lake: Lake) -> None:
    add(lake, "a", {"2026-01-01": [1, 2], "2026-01-02": [3]}, sequence=0)
    add(lake, "b", {"2026-01-02": [4]}, sequence=1)
    assert seen(lake) == ["a:1", "a:2", "a:3", "b:4"]
    assert seen(lake, ["2026-01-02", "2031-01-01"]) == ["a:3", "b:4"]
    assert lake.days() == ("2026-01-01", "2026-01-02")
    names = [f"{path.parent.name}/{path.name}" for path in lake.files(["2026-01-02"])]
    assert names == ["day=2026-01-02/a.parquet", "day=2026-01-02/b.parquet"]
    assert lake.coverage().rows == 4


def test_an_uncommitted_file_is_not_read_and_is_swept(lake: Lake) -> None:
    fault = Fault(reason="no time", rows=1, example="log.jsonl, byte 3")
    add(lake, "a", {"2026-01-01": [1]}, sequence=0, faults=(fault,))
    half = lake.root / "exchanges" / "day=2026-01-02" / "half.parquet"
    half.parent.mkdir()
    half.write_bytes(b"PAR1 but not quite")
    (lake.root / "quarantine" / "half.jsonl").write_bytes(b"{")
    (lake.root / "commits" / "half.json.tmp").write_bytes(b"{")
    lake.stage("half")
    assert seen(lake) == ["a:1"]
    with Lake.locked(lake.root):
        lake.sweep()
    left = sorted(str(path.relative_to(lake.root)) for path in lake.root.rglob("*") if path.is_file())
    assert left == [
        "commits/a.json", "exchanges/day=2026-01-01/a.parquet", "lake.json", "lake.lock", "quarantine/a.jsonl",
    ]  # fmt: skip
    assert not half.parent.exists()
    assert lake.coverage().faults == (fault,)


def test_a_longer_chunk_takes_the_place_of_the_one_it_begins_with(lake: Lake) -> None:
    add(lake, "a", {"2026-01-01": [1, 2], "2026-01-02": [9]}, sequence=0)
    add(lake, "longer", {"2026-01-01": [1, 2, 3]}, sequence=1, contains=["a"])
    assert seen(lake) == ["longer:1", "longer:2", "longer:3"]
    assert lake.chunks() == {"a", "longer"}
    lake.sweep()
    assert seen(lake) == ["longer:1", "longer:2", "longer:3"]
    assert [path.name for path in lake.root.rglob("*.parquet")] == ["longer.parquet"]


def test_rows_that_two_files_hold_count_once_and_the_first_committed_stays(lake: Lake) -> None:
    add(lake, "z", {"2026-01-01": [1, 2, 3], "2026-01-02": [8]}, sequence=0)
    add(lake, "a", {"2026-01-01": [2, 3, 4], "2026-01-02": [9]}, sequence=1)
    add(lake, "b", {"2026-01-01": [3, 5]}, sequence=2)
    assert retract(lake) == 3
    assert seen(lake) == ["a:4", "a:9", "b:5", "z:1", "z:2", "z:3", "z:8"]
    assert lake.coverage().rows == 7
    assert lake.unchecked() == {}
    assert not (lake.root / "retractions" / "2026-01-02.parquet").exists()


def test_retractions_follow_their_files(lake: Lake) -> None:
    add(lake, "a", {"2026-01-01": [1, 2]}, sequence=0)
    add(lake, "b", {"2026-01-01": [2, 3]}, sequence=1)
    assert retract(lake) == 1
    # The chunk that held the kept row is replaced, so the other file's row comes to life again, once.
    add(lake, "longer", {"2026-01-01": [1, 2, 4]}, sequence=2, contains=["a"])
    lake.sweep()
    assert retract(lake) == 1
    assert seen(lake) == ["b:2", "b:3", "longer:1", "longer:4"]
    # And with one file left for the day, none is retracted.
    add(lake, "longest", {"2026-01-01": [1, 2, 3, 4]}, sequence=3, contains=["a", "b", "longer"])
    lake.sweep()
    assert retract(lake) == 0
    assert seen(lake) == ["longest:1", "longest:2", "longest:3", "longest:4"]
    assert not (lake.root / "retractions").exists()


def test_a_retraction_killed_between_its_two_files_ends_the_same(lake: Lake) -> None:
    add(lake, "a", {"2026-01-01": [1, 2]}, sequence=0)
    add(lake, "b", {"2026-01-01": [2, 3]}, sequence=1)
    retract(lake)
    files = sorted((lake.root / "retractions").iterdir())
    whole = [path.read_bytes() for path in files]
    (lake.root / "retractions" / "2026-01-01.json").unlink()
    again = Lake.open(lake.root)
    again.sweep()
    assert seen(again) == ["a:1", "a:2", "b:2", "b:3"]
    assert retract(again) == 1
    assert [path.read_bytes() for path in files] == whole


def test_tables_merge_by_key_and_the_newest_row_stays(lake: Lake) -> None:
    lake.put_table("accounts", pa.table({"account_id": ["b", "a", "b"], "plan": ["old", "free", "paid"]}))
    first = (lake.root / "accounts.parquet").read_bytes()
    lake.put_table("accounts", pa.table({"account_id": ["b", "a"], "plan": ["paid", "free"]}))
    assert (lake.root / "accounts.parquet").read_bytes() == first
    lake.put_table("accounts", pa.table({"account_id": ["c", "a"], "plan": ["free", "enterprise"], "odd": [1, 2]}))
    lake.put_table("contracts", pa.table({"org_id": ["o", "o"], "kind": ["reseller", "research"]}))
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        lake.register(engine)
        plans = engine.fetch("SELECT account_id, plan, account_key FROM accounts ORDER BY account_id").to_pylist()
        kinds = engine.fetch("SELECT kind FROM contracts ORDER BY kind")["kind"].to_pylist()
    assert [(row["account_id"], row["plan"]) for row in plans] == [("a", "enterprise"), ("b", "paid"), ("c", "free")]
    assert kinds == ["research", "reseller"]


def test_a_renewed_contract_stands_beside_the_one_before_and_a_corrected_one_in_its_place(lake: Lake) -> None:
    moments = [datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)]
    for begins, ends in (moments[:2], moments[1:], (moments[1], None)):
        period = {"org_id": ["o"], "kind": ["enterprise"], "valid_from": [begins], "valid_to": [ends]}
        lake.put_table("contracts", pa.table(period | {"valid_to": pa.array([ends], pa.timestamp("us", tz="UTC"))}))
    with DuckDBEngine(memory="500MB", threads=1) as engine:
        lake.register(engine)
        kept = engine.fetch("SELECT valid_from, valid_to FROM contracts ORDER BY valid_from").to_pylist()
    assert [(row["valid_from"], row["valid_to"]) for row in kept] == [(moments[0], moments[1]), (moments[1], None)]


def test_a_lake_is_opened_only_as_what_it_is(tmp_path: Path) -> None:
    plain, keyed = tmp_path / "plain", tmp_path / "keyed"
    Lake.create_or_open(plain)
    Lake.create_or_open(keyed, forget_text=True, key=b"k" * 32)
    assert Lake.is_lake(plain)
    assert Lake.create_or_open(keyed, forget_text=True, key=b"k" * 32).forget_text
    assert not Lake.open(plain).forget_text
    assert b"kkkk" not in (keyed / "lake.json").read_bytes()
    for path, options, remedy in (
        (plain, {"forget_text": True, "key": b"k" * 32}, "keeps text.*new folder"),
        (keyed, {"forget_text": True, "key": b"j" * 32}, "another hash key.*Give the key"),
        (keyed, {}, "forgets text"),
    ):
        with pytest.raises(BadLake, match=remedy):
            Lake.create_or_open(path, **options)


def test_what_is_no_lake_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "log.jsonl").write_text("{}\n")
    for path in (tmp_path / "logs", tmp_path / "logs" / "log.jsonl"):
        assert not Lake.is_lake(path)
        with pytest.raises(BadLake, match="Name a"):
            Lake.create_or_open(path)
        with pytest.raises(BadLake, match="Name a"), Lake.locked(path):
            pass
        with pytest.raises(BadLake):
            Lake.open(path)
    with pytest.raises(BadLake, match="no lake here"):
        Lake.open(tmp_path / "nowhere")
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["log.jsonl"]


def test_damage_and_other_versions_are_named_with_a_remedy(lake: Lake) -> None:
    add(lake, "a", {"2026-01-01": [1]}, sequence=0)
    (lake.root / "commits" / "a.json").write_bytes(b'{"chunk":')
    with pytest.raises(BadLake, match=r"a\.json: damaged.*ingest the same logs again"):
        Lake.open(lake.root).files()
    (lake.root / "lake.json").write_bytes(b'{"stillwatch_lake":99,"forget_text":false,"key":null}')
    with pytest.raises(BadLake, match="version 99"):
        Lake.open(lake.root)
    (lake.root / "lake.json").write_bytes(b"\xff")
    with pytest.raises(BadLake, match="cannot be read"):
        Lake.open(lake.root)


def test_one_writer_at_a_time_and_a_killed_one_leaves_no_lock(lake: Lake) -> None:
    hold = (
        "import sys; from pathlib import Path; from stillwatch.lake import Lake\nwith Lake.locked(Path(sys.argv[1])):"
    )
    script = f"{hold} sys.stdout.write('held'); sys.stdout.flush(); sys.stdin.read()"
    with subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script, str(lake.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.read(4) == b"held"
        with pytest.raises(BadLake, match="another ingest"), Lake.locked(lake.root):
            pass
        holder.kill()
    with Lake.locked(lake.root):
        pass
