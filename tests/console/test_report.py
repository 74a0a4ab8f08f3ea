import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillwatch.console import DETAILED, write_report
from stillwatch.console.report import LISTED
from stillwatch.errors import StillwatchError
from stillwatch.findings import Campaign, Link, Reason, Rival, Target

Make = Callable[..., Campaign]
Parse = Callable[[Path], Any]
POISON = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "<svg onload=alert(1)>'\"><a href='javascript:alert(1)'>{{7*7}}"
)
REMOTE = "<img src='http://evil.example/x.png'><style>@import url(http://evil.example/y.css)</style>"


def poisoned(campaign: Make) -> Campaign:
    bad = POISON + REMOTE
    return campaign(
        id=POISON,
        verdict=bad,
        kinds=(bad,),
        reasons=(Reason(code="S1", name=POISON, weight=3.0, text=bad, examples=(POISON, "\x1b[31mred\u202egnp")),),
        rivals=(Rival(name=bad, verdict="refuted", supporting=(bad,), against=(bad,)),),
        targets=(Target(skill=POISON, share=1.0, exchanges=3),),
        links=(Link(channel=POISON, group=bad, value=bad, share=1.0, base=0.1, weight=2.3),),
        origin=POISON,
    )


def poisoned_scan(scan: dict[str, Any]) -> dict[str, Any]:
    scan["inputs"] = [POISON]
    scan["settings"] = {POISON: REMOTE}
    scan["coverage"][0]["column"] = POISON
    scan["releases"][0]["model"] = POISON
    scan["quarantined"]["reasons"][0] = {"reason": POISON, "rows": 1, "example": REMOTE}
    return scan


@pytest.fixture
def read(parse_page: Callable[[str], Any]) -> Parse:
    return lambda path: parse_page(path.read_text(encoding="utf-8"))


@pytest.fixture
def hostile(campaign: Make, scan: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    write_report(path, [poisoned(campaign)], poisoned_scan(scan))
    return path


def test_the_page_tells_all_of_a_campaign(campaign: Make, scan: dict[str, Any], tmp_path: Path, read: Parse) -> None:
    write_report(tmp_path / "r.html", [campaign()], scan)
    text = read(tmp_path / "r.html").text
    told = [
        "1 campaign to act on", "C-7f3a91", "412", "61.2 M", "3.2 × 10⁻⁴¹", "+13.60", "Asks for reasoning", "−1.20",
        "e-0417", "payment bin", "64 %", "0.4 %", "benchmark runner", "possible", "212 payment cards", "$ 742",
        "strata-5", "Could not judge", "S110", "no timestamp", "a.jsonl byte 991", "1.6 GB", "21.4 s",
        "1 false a month", "shared-payment", "What this report cannot tell",
    ]  # fmt: skip
    assert [word for word in told if word not in text] == []


def test_the_page_has_no_script_and_asks_for_nothing(hostile: Path, read: Parse) -> None:
    page = read(hostile)
    raw = hostile.read_text(encoding="utf-8")
    assert not {"script", "iframe", "object", "embed", "link", "base", "form", "img"} & set(page.elements)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert all(link.startswith("#") for link in page.values("href"))
    assert not page.values("src")
    assert "url(" not in "".join(re.findall(r"<style>(.*?)</style>", raw, re.DOTALL))
    assert "\x1b" not in raw
    assert "\u202e" not in raw
    policy = next(v for v in page.values("content") if "default-src" in v)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_links_lead_somewhere_and_identifiers_are_unique(
    campaign: Make, scan: dict[str, Any], tmp_path: Path, read: Parse
) -> None:
    ring = [campaign(id=f"c{n}", status=status) for n, status in enumerate(("alert", "declared", "review", "alert"))]
    write_report(tmp_path / "r.html", ring, scan)
    page = read(tmp_path / "r.html")
    names = page.values("id")
    assert len(names) == len(set(names))
    assert {link[1:] for link in page.values("href")} <= set(names)
    assert set(page.values("aria-labelledby")) <= set(names)


def test_headings_go_down_one_step_at_a_time(campaign: Make, scan: dict[str, Any], tmp_path: Path, read: Parse) -> None:
    write_report(tmp_path / "r.html", [campaign()], scan)
    page = read(tmp_path / "r.html")
    levels = [int(name[1]) for name in page.elements if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.elements.count("th") == len(page.values("scope"))
    assert page.values("role").count("img") == page.elements.count("figure")


def test_no_campaign_is_told_without_relief(tmp_path: Path, read: Parse) -> None:
    write_report(tmp_path / "r.html", [], {})
    text = read(tmp_path / "r.html").text
    assert "No campaign found" in text
    assert "not a proof of innocence" in text


def test_many_campaigns_are_listed_and_the_first_told_in_full(campaign: Make, tmp_path: Path, read: Parse) -> None:
    bare = campaign(reasons=(), targets=(), daily=(), links=())
    status = ["declared", "review", "alert"]
    many = [campaign(**{**fields(bare), "id": f"c{n:03d}", "status": status[n % 3]}) for n in range(LISTED + 7)]
    write_report(tmp_path / "r.html", many, {})
    page = read(tmp_path / "r.html")
    told = [value for value in page.values("class") if value.startswith("campaign ")]
    assert told == ["campaign alert"] * DETAILED
    assert page.elements.count("section") == DETAILED + 5
    assert "7 are left out of it" in page.text


def fields(campaign: Campaign) -> dict[str, Any]:
    return {name: getattr(campaign, name) for name in campaign.__struct_fields__}


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_facts_never_stop_the_page(data: st.DataObject, odd_facts: Any, tmp_path: Path, read: Parse) -> None:
    write_report(tmp_path / "r.html", [], data.draw(odd_facts))
    assert read(tmp_path / "r.html").elements[-1] == "p"


def test_the_same_findings_make_the_same_page(campaign: Make, scan: dict[str, Any], tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write_report(tmp_path / name, [campaign(), campaign(id="second", status="review")], scan)
    a, b = ((tmp_path / name).read_text(encoding="utf-8") for name in ("a.html", "b.html"))
    assert a == b


def test_an_old_page_stays_where_the_new_one_cannot_be_written(campaign: Make, tmp_path: Path) -> None:
    with pytest.raises(StillwatchError, match="cannot be written"):
        write_report(tmp_path / "missing" / "r.html", [], {})
    write_report(tmp_path / "r.html", [], {})
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_browser_runs_and_fetches_nothing(hostile: Path, browse: Callable[[Path], Any]) -> None:
    seen = browse(hostile)
    assert "document.title='owned'" in seen.text, "the hostile string must be there, as text"
