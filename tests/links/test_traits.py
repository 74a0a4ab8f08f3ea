from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from stillwatch.engines import DuckDBEngine
from stillwatch.links.channels import CHANNELS
from stillwatch.links.traits import build_traits
from stillwatch.partials.relations import register_views
from stillwatch.schema import ACCOUNTS, LAKE, MODELS

START = datetime(2026, 3, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1e6)


@pytest.fixture
def read(engine: DuckDBEngine) -> DuckDBEngine:
    def row(key: int, hours: float, model: str, **more: object) -> dict[str, object]:
        at = micros(START + timedelta(hours=hours))
        base = dict.fromkeys(LAKE.names) | {"ts_us": at, "hour": at // 3_600_000_000, "account_key": key}
        return (
            base | {"exchange_key": at, "exchange_id": f"e{key}{hours}", "account_id": f"a{key}", "model": model} | more
        )

    rows = [
        row(1, 0, "old", stack=77, skeleton=5),
        row(1, 49.5, "new", stack=77, skeleton=6),
        row(2, 50.2, "new", stack=78),
        row(2, 90.0, "new"),
        row(3, 400.0, "old", stack=77),
    ]
    engine.register("exchanges", pa.Table.from_pylist(rows, schema=LAKE.arrow))
    register_views(engine)
    accounts = ACCOUNTS.conform(
        pa.table(
            {
                "account_id": ["a1", "a2", "a3"],
                "email_shape": ["a.a9", "a.a9", None],
                "email_domain": ["mail.test", "mail.test", "x.test"],
                "created_at": pa.array([START, START + timedelta(minutes=20), None], pa.timestamp("us", "UTC")),
            }
        )
    )
    accounts = accounts.append_column("account_key", pa.array([1, 2, 3])).append_column(
        "signup_network", pa.array([9, None, None], pa.int64())
    )
    engine.register("accounts", accounts)
    released = pa.table(
        {"model": ["new", "old"], "released_at": [START + timedelta(hours=48), START - timedelta(days=90)]}
    )
    engine.register("models", MODELS.conform(released))
    engine.register("principals", pa.table({"account_key": [1, 2, 3], "principal": pa.array([0, 1, 2], pa.int32())}))
    return engine


def traits_of(engine: DuckDBEngine, name: str) -> dict[int, set[int]]:
    place = [channel.name for channel in CHANNELS].index(name)
    found: dict[int, set[int]] = {}
    for row in engine.fetch(f"SELECT principal, value FROM trait_rows WHERE channel = {place}").to_pylist():
        found.setdefault(row["principal"], set()).add(row["value"])
    return found


def test_rows_are_distinct_and_counted_by_channel(read: DuckDBEngine) -> None:
    counts = build_traits(read)
    assert counts["stack"] == 3 and counts["skeleton"] == 2
    assert counts["payment_bin"] == 0 and counts["tools"] == 0
    assert traits_of(read, "stack") == {0: {77}, 1: {78}, 2: {77}}


def test_text_values_are_numbered_and_keep_their_label(read: DuckDBEngine) -> None:
    build_traits(read)
    emails = traits_of(read, "email")
    assert emails[0] == emails[1] and 2 not in emails  # no shape, no trait: NULL is not a value
    labels = read.fetch("SELECT label FROM trait_labels ORDER BY label")["label"].to_pylist()
    assert "a.a9@mail.test" in labels


def test_sign_ups_within_one_clock_hour_share_a_trait(read: DuckDBEngine) -> None:
    build_traits(read)
    hours = traits_of(read, "signup_hour")
    assert hours[0] == hours[1] and 2 not in hours


def test_release_traits_count_hours_from_releases_inside_the_log(read: DuckDBEngine) -> None:
    assert build_traits(read)["release"] == 2
    assert traits_of(read, "release") == {0: {1}, 1: {2}}  # the old model was released before the log began


def test_without_a_release_the_channel_is_empty(read: DuckDBEngine) -> None:
    read.register("models", MODELS.arrow.empty_table())
    assert build_traits(read)["release"] == 0
    assert traits_of(read, "release") == {}


def test_what_two_accounts_of_one_principal_share_is_one_row(read: DuckDBEngine) -> None:
    shared = {"account_key": [1, 2, 2, 3], "value": [70, 70, 71, 70]}
    read.register("shared_band_0", pa.table(shared))
    read.register("principals", pa.table({"account_key": [1, 2, 3], "principal": pa.array([0, 0, 1], pa.int32())}))
    assert build_traits(read)["band_0"] == 3
    place = [channel.name for channel in CHANNELS].index("band_0")
    rows = read.fetch(f"SELECT principal, value FROM trait_rows WHERE channel = {place} ORDER BY principal, value")
    assert [tuple(row.values()) for row in rows.to_pylist()] == [(0, 70), (0, 71), (1, 70)]
