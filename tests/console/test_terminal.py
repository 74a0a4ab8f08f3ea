import io
from collections.abc import Callable
from typing import Any

from rich.console import Console, RenderableType

from stillwatch.console import terminal
from stillwatch.console.drill import Drill, Hit
from stillwatch.console.scene import set_scene
from stillwatch.console.story import tell
from stillwatch.findings import Campaign, Cost, Link, Reason, Rival

Make = Callable[..., Campaign]
BAD = "[red]no[/red] \x1b[31m:boom: \u202eevil\x07"


def shown(body: RenderableType, width: int = 160) -> str:
    screen = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False)
    screen.print(body)
    return screen.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_a_story_tells_all(campaign: Make) -> None:
    text = shown(terminal.campaign_story(tell(campaign())))
    told = [
        "alert", "C-7f3a91", "412 accounts", "takes: reasoning distillation", "no innocent explanation holds", "+6.90",
        "−1.20", "Total", "+13.60", "payment bin", "531462", "64 %", "benchmark runner", "212 payment cards", "coding",
        "46 %", "$ 742", "e-0417", "could not judge: S110",
    ]  # fmt: skip
    assert [word for word in told if word not in text] == []


def test_bars_begin_where_the_one_before_ended(campaign: Make) -> None:
    text = shown(terminal.campaign_story(tell(campaign())))
    lines = {
        name: next(line for line in text.splitlines() if line.startswith(name)) for name in ("Asks", "Even", "New")
    }
    assert lines["Even"].index("█") == lines["Asks"].rindex("█") + 1
    assert abs(lines["New"].index("█") - lines["Even"].rindex("█") - 1) <= 1


def test_no_string_of_a_log_steers_the_terminal(campaign: Make, scan: dict[str, Any]) -> None:
    ring = campaign(
        id=BAD,
        verdict=BAD,
        kinds=(BAD,),
        reasons=(Reason(code=BAD, name=BAD, weight=1.0, text=BAD, examples=(BAD,)),),
        links=(Link(channel=BAD, group=BAD, value=BAD, share=1, base=0.1, weight=2.3),),
        rivals=(Rival(name=BAD, verdict="refuted", supporting=(BAD,), against=(BAD,)),),
    )
    scan["coverage"][0]["column"] = BAD
    scan["signals"][1]["name"] = BAD
    scan["quarantined"]["reasons"][0]["reason"] = BAD
    drill = Drill((Hit(BAD, 3, BAD, "alert", 0.5, 0.5),), (terminal.clean(BAD),))
    story = tell(ring)
    for body in (
        terminal.campaign_story(story),
        terminal.overview([story]),
        terminal.coverage(set_scene(scan)),
        terminal.account_story(BAD, [(story, 0.5)], None),
        terminal.account_story(BAD, [], False),
        terminal.listing(["a"], [[BAD]]),
        terminal.drill(drill),
    ):
        text = shown(body)
        assert "[red]no[/red] :boom: evil" in " ".join(text.split())
        assert not {"\x1b", "\u202e", "\x07"} & set(text)


def test_an_empty_list_is_told_without_relief() -> None:
    assert "not a proof of innocence" in shown(terminal.overview([]))


def test_coverage_comes_with_what_it_lets_the_signals_judge(scan: dict[str, Any]) -> None:
    text = shown(terminal.coverage(set_scene(scan)))
    assert "1 of 2 signals can judge" in text
    assert "S110 logprob-harvest cannot: it lacks logprobs, top_logprobs" in text
    assert "17 rows in quarantine: no timestamp (17)" in text
    assert text.index("prompt") < text.index("user_agent")


def test_an_account_in_no_campaign() -> None:
    assert "The scan saw it." in shown(terminal.account_story("u", [], True))
    assert "did not see it" in shown(terminal.account_story("u", [], False))
    assert "not on record" in shown(terminal.account_story("u", [], None))


def test_an_account_in_a_campaign_hears_its_probability(campaign: Make) -> None:
    text = shown(terminal.account_story("u", [(tell(campaign()), 0.87)], None))
    assert "u belongs to C-7f3a91 (alert) with probability 0.87" in text
    assert "531462" in text


def test_a_bare_campaign_is_no_error(campaign: Make) -> None:
    bare = campaign(
        reasons=(), links=(), rivals=(), targets=(), judgements=(), daily=(), kinds=(), verdict="", harvest_log_lr=None,
        tokens=None, cost=Cost(tokens=None, dollars=None, exchanges_per_day=0.0),
    )  # fmt: skip
    text = shown(terminal.campaign_story(tell(bare)))
    assert "nothing on record" in text
    assert "no price known" in text


def test_an_ingest_is_told_in_full(scan: dict[str, Any]) -> None:
    facts = {
        **scan, "new_rows": 5, "rows": 12, "skipped_chunks": 1, "duplicates": 2, "seconds": 3.0,
        "left_out": [["notes.txt", BAD]],
    }  # fmt: skip
    text = shown(terminal.reading_facts(facts, "lake"))
    assert "5 new exchanges in 3.0 s; lake holds 12." in text
    assert "left out: notes.txt ([red]no[/red] :boom: evil)" in text


def test_a_drill_names_hits_misses_and_false_alerts() -> None:
    drill = Drill((Hit("ring", 50, "A", "alert", 0.9, 1.0), Hit("quiet", 3, "", "", 0.0, None)), ("B",))
    text = shown(terminal.drill(drill))
    assert "90 %" in text
    assert "not found" in text
    assert "1 false alert: B" in text
    assert "No false alert." in shown(terminal.drill(Drill((), ())))


def test_the_console_obeys_no_markup() -> None:
    screen = terminal.console(stderr=True)
    assert screen.stderr
    assert screen.render_str("[red]x[/red] :boom:").plain == "[red]x[/red] :boom:"
