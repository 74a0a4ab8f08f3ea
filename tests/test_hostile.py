"""Logs that are broken, and logs that attack: the command ends as documented, loses no row and obeys no string."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import zstandard

from stillwatch import cli
from stillwatch.console.text import clean
from stillwatch.simulate import World

pytestmark = pytest.mark.acceptance

WORD_ASKED = "rutabaga"
CONTROLS = {"\x1b", "\x9b", "\x07", "\x00", "\u202e", "\u2066", "\u200b"}
EVIL = (
    "=cmd|'/C calc'!A0<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J\x1b]0;owned\x07\x9b31m"
    "[bold red]rich[/bold red]:smile:\u202egpj.exe\u2066\u200b'\";DROP TABLE exchanges;--{{7*7}}${7*7}"
)
ODD_NAME = "<img src=x onerror=alert(3)>\x1b[31m[red]\u202e odd.jsonl"


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def run(*arguments: object) -> Ran:
    """The command as a user runs it, but for a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as left, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        cli.main([str(argument) for argument in arguments])
    return Ran(int(left.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(scope="module", autouse=True)
def calm() -> Iterator[None]:
    """One thread, no colour of our own: every escape in the output would be the log's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STILLWATCH_THREADS", "1")
        patch.setenv("STILLWATCH_MEMORY", "1GB")
        for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "STILLWATCH_DEBUG"):
            patch.delenv(name, raising=False)
        yield


def line(number: int, **changes: object) -> bytes:
    row = {
        "ts": f"2026-03-02T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "exchange_id": f"e{number}",
        "account_id": f"a{number % 5}",
        "prompt": f"the word is {WORD_ASKED} {number}",
    }
    return json.dumps(row | changes).encode() + b"\n"


def lines(count: int = 200) -> bytes:
    return b"".join(map(line, range(count)))


def table_bytes(rows: int = 100) -> bytes:
    sink = pa.BufferOutputStream()
    names = {"ts": ["2026-03-02T00:00:00Z"] * rows, "account_id": ["a"] * rows}
    pq.write_table(pa.table(names | {"exchange_id": [f"p{n}" for n in range(rows)]}), sink)
    found = sink.getvalue().to_pybytes()
    assert isinstance(found, bytes)
    return found


REFUSED: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "cut.parquet": (lambda: table_bytes()[:-50], 3, "no readable Parquet file"),
    "cut.jsonl.zst": (lambda: zstandard.compress(lines())[:-30], 3, "truncated"),
    "wide.jsonl": (lambda: lines().decode().encode("utf-16"), 3, "iconv -f UTF-16LE"),
    "wide-without-mark.jsonl": (lambda: lines().decode().encode("utf-16-le"), 3, "no format is recognised"),
    "nul.jsonl": (lambda: bytes(5000), 3, "no format is recognised"),
    "noise.bin": (lambda: bytes(range(256)) * 20, 3, "no format is recognised"),
    "empty.jsonl": (lambda: b"", 4, "empty file"),
    "empty.parquet": (lambda: b"", 4, "empty file"),
    "hopeless.jsonl": (lambda: line(1, ts="never") + line(2, ts=None), 4, "no usable row: 2 were refused"),
    ODD_NAME: (lambda: bytes(5000), 3, "no format is recognised"),
}


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: ascii(name))
def test_a_file_that_is_no_log_is_refused_by_name(tmp_path: Path, name: str) -> None:
    make, status, said = REFUSED[name]
    (tmp_path / name).write_bytes(make())
    ran = run("scan", tmp_path / name, "--out", tmp_path / "out")
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err
    assert clean(name) in ran.err or "quarantine" in ran.err
    assert ran.err.count("\n") == 1
    assert not CONTROLS & set(ran.err)
    assert WORD_ASKED not in ran.err
    assert not (tmp_path / "out" / "campaigns.json").exists()


READ: dict[str, tuple[Callable[[], bytes], int, int]] = {  # rows, and rows in quarantine
    "mark.jsonl": (lambda: b"\xef\xbb\xbf" + lines(), 200, 0),
    "array.json": (lambda: b"[" + b",".join(lines().splitlines()) + b"]", 200, 0),
    "not-packed.jsonl.gz": (lines, 200, 0),
    "not-parquet.parquet": (lines, 200, 0),
    "nul-inside.jsonl": (lambda: lines() + bytes(500) + b"\n" + line(999, prompt="a\0b", user_agent="\0"), 201, 1),
    "deep.jsonl": (lambda: lines() + b"[" * 100_000 + b"\n" + line(999, messages="[" * 50_000), 201, 1),
    "huge.jsonl": (lambda: lines() + line(999, prompt="x" * 70_000_000) + line(998), 201, 1),
    "unfinished.jsonl": (lambda: lines() + line(999)[:40], 200, 1),
    "endings.jsonl": (lambda: lines().replace(b"\n", b"\r\n\r\n"), 200, 0),
    "numbers.jsonl": (lambda: lines() + line(999, output_tokens=1e308, temperature="hot", turns=-(10**30)), 200, 1),
    "times.jsonl": (lambda: lines() + line(998, ts=10**400) + line(997, ts="9999-99-99") + line(996, ts=-1), 200, 3),
}


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is_read_and_the_rest_is_counted(tmp_path: Path, name: str) -> None:
    make, rows, refused = READ[name]
    (tmp_path / name).write_bytes(make())
    ran = run("scan", tmp_path / name, "--out", tmp_path / "out", "--json")
    assert (ran.status, ran.err) == (0, "")
    facts = ran.document["scan"]
    assert (facts["read"]["exchanges"], facts["quarantined"]["rows"]) == (rows, refused)
    for reason in facts["quarantined"]["reasons"]:
        assert reason["reason"] and name in reason["example"]
    assert WORD_ASKED not in ran.out
    assert ran.document["campaigns"] == []


def test_a_packed_log_that_was_cut_is_read_up_to_the_cut(tmp_path: Path) -> None:
    packed = gzip.compress(lines(2000))
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) * 3 // 4])
    facts = run("scan", tmp_path / "cut.jsonl.gz", "--out", tmp_path / "out", "--json").document["scan"]
    assert 500 < facts["read"]["exchanges"] < 2000
    (reason,) = facts["quarantined"]["reasons"]
    assert "truncated" in reason["reason"]
    assert "cut.jsonl.gz, byte " in reason["example"]


def test_a_folder_of_many_formats_is_read_whole(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.jsonl").write_bytes(lines())
    (logs / "copy.jsonl").write_bytes(lines())
    (logs / "b.jsonl.gz").write_bytes(gzip.compress(line(700) + line(3)))
    (logs / "c.jsonl.zst").write_bytes(zstandard.compress(line(701)))
    (logs / "d.parquet").write_bytes(table_bytes())
    (logs / "paper.pdf").write_bytes(b"%PDF-1.4")
    (logs / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    (logs / "round").symlink_to(logs)
    ran = run("scan", logs, "--out", tmp_path / "out", "--json")
    assert ran.status == 0
    facts = ran.document["scan"]
    assert (facts["read"]["exchanges"], facts["read"]["duplicates"]) == (200 + 1 + 1 + 100, 1)
    left = {Path(path).name: why for path, why in facts["left_out"]}
    assert set(left) == {"copy.jsonl", "paper.pdf", "gone.jsonl", "round"}
    assert "same content" in left["copy.jsonl"]


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.jsonl").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    for name, status in (("gone.jsonl", 4), ("folder.jsonl", 4), ("pipe.jsonl", 3), ("absent.jsonl", 4)):
        ran = run("scan", tmp_path / name, "--out", tmp_path / "out")
        assert ran.status == status
        assert name in ran.err
        assert ran.err.count("\n") == 1
    (tmp_path / "log.jsonl").write_bytes(lines(5))
    ran = run("scan", tmp_path / "log.jsonl", "--out", tmp_path / "out", "--accounts", tmp_path / "folder.jsonl")
    assert ran.status == 3
    assert "folder.jsonl" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed.jsonl").write_bytes(lines(5))
    (tmp_path / "closed.jsonl").chmod(0)
    ran = run("scan", tmp_path / "closed.jsonl", "--out", tmp_path / "out")
    assert ran.status in {1, 3}
    assert "closed.jsonl" in ran.err


def test_the_process_itself_ends_with_the_status(tmp_path: Path) -> None:
    (tmp_path / "cut.parquet").write_bytes(table_bytes()[:-50])
    words = [sys.executable, "-c", "from stillwatch.cli import main; main()", "scan", "cut.parquet", "--out", "out"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("stillwatch: cut.parquet: is no readable Parquet file")


@dataclass(frozen=True)
class Attack:
    """A ring whose own strings attack whoever reads about it, scanned. `rows` went in."""

    out: Path
    screen: str
    rows: int
    campaign: dict[str, Any]
    member: str


def spoil(world: World, ring: frozenset[str], folder: Path) -> int:
    """The world with the ring's strings replaced, and a file of bad, repeated and hostile rows; gives its rows."""
    shared = {"email_domain", "email_shape", "payment_bin", "phone_prefix", "referral", "user_agent", "channel"}
    repeated: list[dict[str, Any]] = []
    for path in sorted(world.path.rglob("*.parquet")):
        table = pq.read_table(path, partitioning=None)
        names = table.column_names
        if "account_id" in names:
            of_ring = pc.is_in(table["account_id"], pa.array(sorted(ring)))
            for name in names:
                old = table[name]
                if name in shared:
                    new = pc.if_else(of_ring, EVIL + name, old)
                elif name in {"account_id", "exchange_id"}:
                    new = pc.if_else(of_ring, pc.binary_join_element_wise(old, EVIL, ""), old)
                else:
                    continue
                table = table.set_column(names.index(name), name, new)
        for name in {"model", "org_id"} & set(names):
            table = table.set_column(names.index(name), name, pc.binary_join_element_wise(table[name], EVIL, ""))
        target = folder / path.relative_to(world.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, target)
        if "exchange_id" in names:
            repeated += table.select(["exchange_id", "account_id"]).slice(0, 3).to_pylist()
    bad = [b"{", b"\xff\xfe{}", b"[1]", b"null", line(1, ts="never\x1b[31m"), line(2, account_id=""), line(3, ts=None)]
    hostile = [line(n, account_id=EVIL, model=EVIL, user_agent=EVIL, org_id=EVIL, session_id=EVIL) for n in range(9)]
    # A repeated row comes at the moment of the first: the lake compares rows of one day.
    again = [line(0, **row) for row in repeated[:3]]
    rows = [raw.strip() for raw in (*hostile, *bad, *again)]
    (folder / "exchanges" / ODD_NAME).write_bytes(b"\n".join(rows) + b"\n")
    return world.exchanges + len(rows)


@pytest.fixture(scope="module")
def attack(ring_world: World, ring: frozenset[str], tmp_path_factory: pytest.TempPathFactory) -> Attack:
    folder = tmp_path_factory.mktemp("hostile")
    rows = spoil(ring_world, ring, folder / "world")
    ran = run("scan", folder / "world", "--out", folder / "out")
    assert (ran.status, ran.err) == (0, "")
    campaigns = json.loads((folder / "out" / "campaigns.json").read_text(encoding="utf-8"))
    members = pq.read_table(folder / "out" / "members.parquet").to_pylist()
    first = next(row["account_id"] for row in members if row["campaign_id"] == campaigns[0]["id"])
    return Attack(folder / "out", ran.out, rows, campaigns[0], first)


def test_hostile_strings_do_not_hide_the_ring(attack: Attack, ring: frozenset[str]) -> None:
    assert attack.campaign["status"] == "alert"
    assert attack.campaign["accounts"] >= 0.9 * len(ring)
    assert attack.member.endswith(EVIL)


def test_the_evidence_is_kept_as_it_was(attack: Attack) -> None:
    values = {link["value"] for link in attack.campaign["links"]}
    assert EVIL + "payment_bin" in values
    assert f"{EVIL}email_shape@{EVIL}email_domain" in values
    examples = [example for reason in attack.campaign["reasons"] for example in reason["examples"]]
    assert examples and all(example.endswith(EVIL) for example in examples)


def test_every_row_is_accounted_for(attack: Attack) -> None:
    facts = json.loads((attack.out / "scan.json").read_text(encoding="utf-8"))
    read, refused = facts["read"], facts["quarantined"]
    assert read["exchanges"] + refused["rows"] + read["duplicates"] == attack.rows
    assert (refused["rows"], read["duplicates"]) == (7, 3)
    assert sum(reason["rows"] for reason in refused["reasons"]) == refused["rows"]
    assert all(ODD_NAME in reason["example"] for reason in refused["reasons"])


def test_the_report_shows_hostile_strings_and_runs_none(attack: Attack, parse_page: Callable[[str], Any]) -> None:
    text = (attack.out / "report.html").read_text(encoding="utf-8")
    page = parse_page(text)
    shown = " ".join(page.words)
    assert "<script>alert(1)</script>" in shown, "it must be there, as text"
    assert "[bold red]rich[/bold red]" in shown
    assert not {"script", "img", "iframe", "object", "embed", "link", "base", "form"} & set(page.elements)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert all(value.startswith("#") for name, value in page.attributes if name in {"href", "xlink:href"})
    assert not [value for name, value in page.attributes if name == "src"]
    assert not CONTROLS & set(text)
    assert "{{7*7}}" in shown


def test_no_raw_escape_reaches_the_terminal(attack: Attack) -> None:
    explained = [
        run("explain", attack.out, name) for name in (attack.campaign["id"], attack.member, EVIL, "<b>\x1b[31m")
    ]
    assert [ran.status for ran in explained] == [0] * 4
    assert attack.campaign["id"] in attack.screen
    for text in (attack.screen, *(ran.out + ran.err for ran in explained)):
        assert text.strip()
        assert not CONTROLS & set(text)
        assert "[2J" not in text, "a sequence goes as a whole"
    flat = " ".join(explained[0].out.split())
    assert "<script>alert(1)" in flat.replace(" ", "")
    assert "belongs to" in explained[1].out
    assert "is in no campaign. The scan saw it." in " ".join(explained[2].out.split())


def test_json_on_standard_output_is_ascii(attack: Attack) -> None:
    ran = run("explain", attack.out, attack.campaign["id"], "--json")
    assert ran.out.isascii()
    assert ran.document == json.loads((attack.out / "campaigns.json").read_text(encoding="utf-8"))[0]
    told = run("explain", attack.out, attack.member, "--json").document
    assert told["account_id"] == attack.member
    assert told["campaigns"][0]["campaign"]["id"] == attack.campaign["id"]


def test_no_prompt_is_in_any_result(attack: Attack) -> None:
    for path in attack.out.iterdir():
        if path.is_file():
            assert WORD_ASKED.encode() not in path.read_bytes()
