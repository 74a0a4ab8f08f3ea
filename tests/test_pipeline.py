"""The whole flow: a world goes in, its ring comes out as the one alert, with reasons that add up."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch import pipeline
from stillwatch.config import Settings
from stillwatch.errors import BadInput, BadLake, BadSettings, NothingToRead
from stillwatch.findings import Campaign
from stillwatch.outcome import MEMBERS, read_campaigns, read_facts
from stillwatch.schema import TEXT_COLUMNS
from stillwatch.simulate import World, simulate

pytestmark = pytest.mark.acceptance

FIELDS = {
    "id", "status", "accounts", "exchanges", "tokens", "first_seen", "last_seen", "p_value", "q_value",
    "harvest_log_lr", "kinds", "reasons", "rivals", "targets", "cost",
}  # fmt: skip
ORDER = ["alert", "review", "declared"]


@pytest.fixture(scope="module")
def found(ring_scan: Path) -> tuple[Campaign, ...]:
    return read_campaigns(ring_scan)


@pytest.fixture
def scan(settings: Settings, tmp_path: Path) -> Callable[..., Path]:
    """`scan(*inputs, out=…, **options)` gives the folder with the results."""

    def run(*inputs: Path, out: str = "out", **options: Any) -> Path:
        pipeline.scan(inputs, tmp_path / out, **{"settings": settings} | options)
        return tmp_path / out

    return run


def member_ids(out: Path, campaign: str) -> set[str]:
    rows = pq.read_table(out / "members.parquet").to_pylist()
    return {row["account_id"] for row in rows if row["campaign_id"] == campaign}


def tree(root: Path) -> dict[Path, bytes]:
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def part_of(world: World, folder: Path, *, drop: Iterable[str] = (), tables: Iterable[str] = (), days: int = 2) -> Path:
    """The first days of a world, without some columns, with these tables."""
    (folder / "exchanges").mkdir(parents=True)
    for path in sorted(world.path.rglob("exchanges/*/*.parquet"))[:days]:
        rows = pq.read_table(path, partitioning=None).drop_columns(list(drop))
        pq.write_table(rows, folder / "exchanges" / f"{path.parent.name}.parquet")
    for name in tables:
        shutil.copy(world.path / f"{name}.parquet", folder)
    return folder


def as_lines(world: World, folder: Path) -> Path:
    """The world as JSON Lines with the same names."""
    for path in sorted(world.path.rglob("*.parquet")):
        target = folder / path.relative_to(world.path).with_suffix(".jsonl")
        target.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            {name: value for name, value in row.items() if value is not None}
            for row in pq.read_table(path, partitioning=None).to_pylist()
        ]
        target.write_text("".join(json.dumps(row, default=lambda at: at.isoformat()) + "\n" for row in rows))
    return folder


def test_the_ring_is_the_one_alert(ring_scan: Path, found: tuple[Campaign, ...], ring: frozenset[str]) -> None:
    (alert,) = (campaign for campaign in found if campaign.status == "alert")
    members = member_ids(ring_scan, alert.id)
    assert len(members & ring) / len(members) >= 0.99
    assert len(members & ring) / len(ring) >= 0.9
    assert found[0] == alert
    assert alert.rivals and not any(rival.verdict == "explains" for rival in alert.rivals)


def test_numbers_of_the_ring_are_those_of_the_truth(found: tuple[Campaign, ...], ring_world: World) -> None:
    (truth,) = ring_world.campaigns
    assert found[0].exchanges == pytest.approx(truth.exchanges, rel=0.1)
    assert abs((found[0].first_seen - truth.first).total_seconds()) < 3600
    assert set(truth.kinds) & set(found[0].kinds)
    assert found[0].tokens and found[0].cost.dollars and found[0].cost.dollars > 0


def test_the_files_conform(ring_scan: Path, found: tuple[Campaign, ...]) -> None:
    rows = json.loads((ring_scan / "campaigns.json").read_text(encoding="utf-8"))
    assert len(rows) == len(found) > 3
    for row in rows:
        assert set(row) >= FIELDS
        assert row["status"] in ORDER
        assert row["reasons"] and all(
            set(reason) >= {"code", "name", "weight", "text", "examples"} for reason in row["reasons"]
        )
        assert 0 <= row["p_value"] <= 1 and 0 <= row["q_value"] <= 1
        assert row["first_seen"] <= row["last_seen"]
    facts = read_facts(ring_scan)
    assert [step["name"] for step in facts["steps"]] == ["read", "measure", "link", "judge", "decide"]
    assert facts["groups"]["alert"] == 1
    assert facts["left_out"] == []


def test_members_agree_with_the_counts(ring_scan: Path, found: tuple[Campaign, ...]) -> None:
    table = pq.read_table(ring_scan / "members.parquet")
    assert table.schema.equals(MEMBERS)
    rows = table.to_pylist()
    assert [sum(row["campaign_id"] == c.id for row in rows) for c in found] == [c.accounts for c in found]
    assert len({row["account_id"] for row in rows}) == len(rows) == sum(c.accounts for c in found)
    assert all(0 < row["probability"] <= 1 for row in rows)


def test_strongest_first(found: tuple[Campaign, ...]) -> None:
    strength = [
        (ORDER.index(c.status), -(c.harvest_log_lr if c.harvest_log_lr is not None else -math.inf)) for c in found
    ]
    assert strength == sorted(strength)


def test_harvest_reasons_sum_to_the_log_likelihood_ratio(found: tuple[Campaign, ...]) -> None:
    for campaign in found:
        harvest = [reason.weight for reason in campaign.reasons if reason.family != "coordination"]
        assert campaign.harvest_log_lr is not None
        assert math.fsum(harvest) == pytest.approx(campaign.harvest_log_lr, abs=1e-9)
        assert any(reason.family == "coordination" for reason in campaign.reasons)


def test_examples_are_exchanges_of_members(ring_scan: Path, ring_world: World, found: tuple[Campaign, ...]) -> None:
    asked: dict[str, str] = {}
    for path in ring_world.path.rglob("exchanges/*/*.parquet"):
        rows = pq.read_table(path, columns=["exchange_id", "account_id"], partitioning=None)
        asked |= dict(zip(rows["exchange_id"].to_pylist(), rows["account_id"].to_pylist(), strict=True))
    members = member_ids(ring_scan, found[0].id)
    examples = {example for reason in found[0].reasons for example in reason.examples}
    assert examples
    assert {asked[example] for example in examples} <= members


def test_folder_lake_and_lines_give_the_same_bytes(
    ring_scan: Path, ring_lake: Path, ring_world: World, scan: Callable[..., Path], tmp_path: Path
) -> None:
    """The lake was ingested apart, with the same hash key; the folder and its lines go through lakes of their own. That
    of the folder is the same file by file, so a scan of it would be the scan of the lake once more."""
    folder = scan(ring_world.path, out="folder")
    lines = scan(as_lines(ring_world, tmp_path / "lines"), out="from-lines")
    assert tree(folder / "lake") == tree(ring_lake)
    for name in ("campaigns.json", "members.parquet"):
        expected = (ring_scan / name).read_bytes()
        assert [(out / name).read_bytes() == expected for out in (folder, lines)] == [True] * 2


def test_a_lake_that_keeps_text_finds_the_same_ring(
    ring_world: World, ring: frozenset[str], settings: Settings, scan: Callable[..., Path], tmp_path: Path
) -> None:
    """Its hashes are not keyed, so halves and p-values are others; who is found must not be."""
    from stillwatch.ingest import ingest

    ingest([ring_world.path], tmp_path / "plain", settings=settings)
    out = scan(tmp_path / "plain", settings=settings.model_copy(update={"seed": 4}))
    (alert,) = (campaign for campaign in read_campaigns(out) if campaign.status == "alert")
    assert len(member_ids(out, alert.id) & ring) >= 0.9 * len(ring)
    assert len(member_ids(out, alert.id) - ring) <= 0.01 * len(ring)


def test_tables_given_for_one_scan_change_it_and_not_the_lake(
    ring_lake: Path, found: tuple[Campaign, ...], scan: Callable[..., Path], tmp_path: Path
) -> None:
    before = tree(ring_lake)
    (tmp_path / "contracts.csv").write_text("org_id,kind\n")
    (tmp_path / "models.csv").write_text("model,released_at\n")
    changed = read_campaigns(scan(ring_lake, contracts=tmp_path / "contracts.csv", models=tmp_path / "models.csv"))
    declared = {campaign.id for campaign in found if campaign.status == "declared"}
    assert declared
    assert {campaign.status for campaign in changed} <= {"alert", "review"}
    (licensed,) = (c for c in found if "licence" in c.verdict)
    (harvester,) = (c for c in changed if c.id == licensed.id)  # it harvests, and nothing licenses it now
    assert harvester.status != "declared"
    assert all(campaign.cost.dollars is None for campaign in changed)
    assert all(c.cost.dollars is not None for c in found)
    release = [j for c in changed for j in c.judgements if j.name == "release-pivot"]
    assert release and all(j.weight is None and "models.released_at" in j.text for j in release)
    assert tree(ring_lake) == before


def test_accounts_given_for_one_scan_take_the_place_of_the_lakes(
    ring_lake: Path, scan: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "accounts.csv").write_text("account_id,plan\nstranger,free\n")
    facts = read_facts(scan(ring_lake, accounts=tmp_path / "accounts.csv"))
    assert facts["read"]["accounts_known"] == 0
    assert {row["channel"]: row["traits"] for row in facts["links"]}["payment_bin"] == 0


def test_without_a_ring_there_is_no_alert(scan: Callable[..., Path], tmp_path: Path) -> None:
    world = simulate(tmp_path / "honest", scenario="none", accounts=1500, days=4, seed=2)
    out = scan(world.path)
    assert [campaign.id for campaign in read_campaigns(out) if campaign.status == "alert"] == []
    assert read_facts(out)["groups"]["candidates"] > 0


def test_a_log_of_one_row_has_no_campaign(scan: Callable[..., Path], tmp_path: Path) -> None:
    log = tmp_path / "one.jsonl"
    log.write_text('{"ts": "2026-03-02T00:00:00Z", "exchange_id": "e", "account_id": "a"}\n')
    out = scan(log)
    assert read_campaigns(out) == ()
    assert pq.read_table(out / "members.parquet").num_rows == 0
    assert (read_facts(out)["read"]["exchanges"], read_facts(out)["read"]["accounts"]) == (1, 1)


def test_a_log_without_any_text_is_not_judged_by_what_it_lacks(
    ring_world: World, scan: Callable[..., Path], tmp_path: Path
) -> None:
    folder = part_of(ring_world, tmp_path / "meta", drop=TEXT_COLUMNS, tables=("accounts", "models", "contracts"))
    out = scan(folder)
    campaigns, facts = read_campaigns(out), read_facts(out)
    assert campaigns
    assert {campaign.status for campaign in campaigns} <= {"review", "declared"}
    blind = {signal["code"] for signal in facts["signals"] if not signal["judges"]}
    assert 0 < len(blind) < len(facts["signals"])
    for campaign in campaigns:
        assert campaign.harvest_log_lr is None and campaign.kinds == () and campaign.targets == ()
        assert {j.code for j in campaign.judgements if j.weight is None} >= blind
        assert all(j.value is None and j.p_value is None for j in campaign.judgements if j.weight is None)


def test_a_log_of_nothing_but_exchanges_runs(ring_world: World, scan: Callable[..., Path], tmp_path: Path) -> None:
    out = scan(part_of(ring_world, tmp_path / "alone"))
    facts = read_facts(out)
    assert facts["read"]["accounts_known"] == 0 and facts["releases"] == []
    assert facts["groups"]["declared"] == 0
    keep = {"ts", "exchange_id", "account_id"}
    first = next(iter(ring_world.path.rglob("exchanges/*/*.parquet")))
    rest = [name for name in pq.read_schema(first).names if name not in keep]
    bare = scan(part_of(ring_world, tmp_path / "bare", drop=rest, days=1), out="bare-out")
    assert read_campaigns(bare) == ()
    assert read_facts(bare)["read"]["exchanges"] > 1000


def test_files_that_are_no_log_are_told(scan: Callable[..., Path], tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.jsonl").write_text('{"ts": "2026-03-02T00:00:00Z", "exchange_id": "e", "account_id": "a"}\n')
    (logs / "b.jsonl").symlink_to(tmp_path / "nowhere")
    (logs / "notes.txt").write_text("not a log")
    left = read_facts(scan(logs))["left_out"]
    assert sorted(Path(path).name for path, _ in left) == ["b.jsonl", "notes.txt"]
    assert all(why for _, why in left)


def test_progress_names_the_steps_in_order(ring_world: World, scan: Callable[..., Path], tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    rows = pa.table({"ts": ["2026-03-02T00:00:00Z"] * 40, "account_id": [f"a{n % 4}" for n in range(40)]})
    pq.write_table(rows, tmp_path / "small.parquet")
    scan(tmp_path / "small.parquet", format="stillwatch", progress=lambda name, share: told.append((name, share)))
    assert list(dict.fromkeys(name for name, _ in told)) == ["read", "measure", "link", "judge", "decide"]
    for step in {name for name, _ in told}:
        shares = [share for name, share in told if name == step]
        assert shares == sorted(shares) and (shares[0], shares[-1]) == (0.0, 1.0)


def test_what_cannot_be_scanned_is_named(scan: Callable[..., Path], settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToRead, match="empty"):
        scan(tmp_path / "empty")
    (tmp_path / "noise.jsonl").write_bytes(bytes(range(256)) * 9)
    with pytest.raises(BadInput, match=r"noise\.jsonl"):
        scan(tmp_path / "noise.jsonl")
    with pytest.raises(BadSettings, match=r"noise\.jsonl.*--out"):
        pipeline.scan([tmp_path / "empty"], tmp_path / "noise.jsonl", settings=settings)
    (tmp_path / "future").mkdir()
    (tmp_path / "future" / "lake.json").write_text('{"stillwatch_lake": 99, "forget_text": true, "key": null}')
    with pytest.raises(BadLake, match="version 99"):
        scan(tmp_path / "future")


def test_other_logs_are_not_judged_together_with_those_of_an_earlier_scan(
    scan: Callable[..., Path], tmp_path: Path
) -> None:
    def log(name: str, account: str, rows: int) -> Path:
        stamps = [f"2026-03-02T00:00:{second:02d}Z" for second in range(rows)]
        lines = (json.dumps({"ts": at, "account_id": account, "exchange_id": f"{account}{at}"}) for at in stamps)
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
        return tmp_path / name

    first, second = log("first.jsonl", "a", 5), log("second.jsonl", "b", 7)
    scan(first)
    with pytest.raises(BadSettings, match=r"first\.jsonl.*--out"):
        scan(second)
    assert read_facts(scan(first))["read"]["exchanges"] == 5  # nothing of the other came in
    assert read_facts(scan(first, second))["read"]["exchanges"] == 12
    assert read_facts(scan(log("first.jsonl", "a", 9), second))["read"]["exchanges"] == 16  # it grew
    log("first.jsonl", "c", 9)
    with pytest.raises(BadSettings, match="has changed since"):
        scan(first, second)
