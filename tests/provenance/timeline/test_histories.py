import datetime
from pathlib import Path

import msgspec
import pytest

from stillwatch.errors import BadInput, BadSettings
from stillwatch.findings import Campaign, Cost, Review, Target
from stillwatch.provenance.timeline import Release, provider_of, read_releases, read_windows, windows_of

MARCH = datetime.date(2026, 3, 1)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_windows_from_a_table(tmp_path: Path) -> None:
    path = write(tmp_path, "ID,start,end,skills,model\nA,2026-03-01,2026-03-09,Coding; agentic,m1\nB,,2026-04,,\n")
    first, second = read_windows(path)
    assert (first.id, first.start, first.skills, first.harvested) == ("A", MARCH, ("coding", "agentic"), ("m1",))
    assert (second.start, second.end, second.skills) == (None, None, ())


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("A,2026-03-01,2026-02-01", "line 2: ends before"),
        ("A,2026-03-01,\nA,2026-03-01,", "line 3: the id 'A'"),
        ("A,yesterday,", "'yesterday' is no day"),
    ],
)
def test_a_window_that_cannot_be(tmp_path: Path, rows: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_windows(write(tmp_path, f"id,start,end\n{rows}\n"))


def test_windows_of_a_scan_leave_out_what_is_no_campaign() -> None:
    def campaign(name: str, status: str, review: Review | None = None) -> Campaign:
        moment = datetime.datetime(2026, 3, 1, 23, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=-2)))
        return Campaign(
            id=name, status=status, accounts=3, exchanges=30, tokens=None, first_seen=moment, last_seen=moment,  # type: ignore[arg-type]
            p_value=0.1, q_value=0.1, harvest_log_lr=None, kinds=(), reasons=(), rivals=(), review=review,
            targets=(Target(skill="coding", share=0.7, exchanges=7), Target(skill="chat", share=0.3, exchanges=3),
                     Target(skill="grading", share=0.05, exchanges=1)),
            cost=Cost(tokens=None, dollars=None, exchanges_per_day=1.0),
        )  # fmt: skip

    dismissed = Review(verdict="dismiss", reason="a customer", by="x", at=datetime.datetime(2026, 4, 1))  # noqa: DTZ001
    confirmed = msgspec.structs.replace(dismissed, verdict="confirm")
    found = windows_of(
        [campaign("A", "alert"), campaign("B", "declared"), campaign("C", "review"), campaign("D", "alert", dismissed),
         campaign("E", "review", confirmed)]
    )  # fmt: skip
    assert [window.id for window in found] == ["A", "E"]
    assert found[0].start == datetime.date(2026, 3, 2)  # in UTC
    assert found[0].skills == ("coding",)


def test_releases_keep_what_is_not_known_as_none(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "model,provider,date,kind,skill\nm1,Gull,2026-03-01,,\nm1,gull,2026-03-01,release,\nm2,GULL,2026-03,Benchmark,Coding\n"
        "m3,Tern,,release,\nm4,Tern,unknown,,\n",
    )
    found = read_releases(path)
    assert [(r.model, r.provider, r.day, r.kind, r.skill) for r in found] == [
        ("m1", "Gull", MARCH, "release", ""),
        ("m2", "Gull", None, "benchmark", "coding"),
        ("m3", "Tern", None, "release", ""),
        ("m4", "Tern", None, "release", ""),
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("m,P,2026-13-01,", "no day"),
        ("m,P,,rumour", "'rumour'"),
        ("m,,2026-03-01,", "no provider"),
        (",P,,", "no model"),
    ],
)
def test_a_release_that_cannot_be(tmp_path: Path, row: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_releases(write(tmp_path, f"model,provider,date,kind\n{row}\n"))


def test_who_stands_for_the_suspect() -> None:
    releases = [Release(model=m, provider=p, day=MARCH) for m, p in (("a", "One"), ("a", "Two"), ("b", "Two"))]
    assert provider_of("B", releases, None) == "Two"
    assert provider_of("one", releases, None) == "One"
    assert provider_of("unreleased", releases, "two") == "Two"
    with pytest.raises(BadSettings, match="2 providers"):
        provider_of("a", releases, None)
    with pytest.raises(BadSettings, match="neither a model nor a provider"):
        provider_of("c", releases, None)
    with pytest.raises(BadSettings, match="no release"):
        provider_of("a", releases, "Three")
