"""The same stories in a terminal. Returns rich renderables made of `Text`, so that no markup in a log is obeyed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stillwatch.console import figures
from stillwatch.console.drill import Drill
from stillwatch.console.scene import Scene, set_scene
from stillwatch.console.story import Step, Story
from stillwatch.console.text import clean

__all__ = [
    "account_story",
    "campaign_story",
    "console",
    "coverage",
    "drill",
    "listing",
    "overview",
    "reading_facts",
    "run_facts",
]

STATUS_STYLES = {"alert": "bold red", "review": "yellow", "declared": "cyan"}
VERDICT_STYLES = {"explains": "cyan", "possible": "yellow", "refuted": "dim", "unknown": "dim"}
_BAR = 30
_ROWS = 16
_WORD = 28  # longest identifier that a table keeps in one piece


def console(*, stderr: bool = False) -> Console:
    """A console that obeys no markup, no emoji code and no number highlighting in what it is given."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def overview(stories: Sequence[Story]) -> RenderableType:
    """One line a campaign, or one sentence where there is none."""
    if not stories:
        return _line("No campaign found. That is a finding about this log and this budget, not a proof of innocence.")
    table = _table("status", "campaign", "accounts>", "exchanges>", "active", "harvest>", "takes")
    for column in table.columns[:-1]:
        column.no_wrap = True
    for story in stories:
        values = {name: value for name, value, _ in story.facts}
        table.add_row(
            Text(story.status, STATUS_STYLES.get(story.status, "")),
            Text(story.id, "bold"),
            Text(values["Accounts"]),
            Text(values["Exchanges"]),
            Text(" – ".join(day[5:] for day in values["Active"].split(" – "))),
            Text(values["Harvest"].split(" (")[0]),
            Text(", ".join(story.kinds) or figures.UNKNOWN),
        )
    return table


def coverage(scene: Scene) -> RenderableType:
    """Which columns the log has, in what share of rows, and what that lets the signals judge."""
    parts: list[RenderableType] = []
    if scene.present:
        groups: dict[str, list[str]] = {}
        for row in sorted(scene.present, key=lambda row: -row["share"]):
            groups.setdefault(figures.percent(row["share"]), []).append(row["column"])
        table = _table("share of rows>", "columns", title="What the log carries")
        for share, columns in groups.items():
            table.add_row(Text(share), Text(", ".join(columns)))
        if scene.absent:
            table.add_row(Text("none", "yellow"), Text(", ".join(scene.absent), "dim"))
        parts.append(table)
    if scene.judging or scene.blind:
        able, every = len(scene.judging), len(scene.judging) + len(scene.blind)
        parts.append(_line(f"{able} of {every} signals can judge.", "" if able == every else "yellow"))
        for row in scene.blind:
            why = ", ".join(row["missing"]) or "too little to compare with"
            parts.append(Padding(_line(f"{row['code']} {row['name']} cannot: it lacks {why}", "dim"), (0, 0, 0, 2)))
    if scene.quarantined:
        rows = "row" if scene.quarantined == 1 else "rows"
        reasons = "; ".join(f"{r['reason']} ({figures.count(r['rows'])})" for r in scene.quarantine[:3])
        parts.append(_line(f"{figures.count(scene.quarantined)} {rows} in quarantine: {reasons}", "yellow"))
    parts += [_line(f"left out: {path} ({why})", "dim") for path, why in scene.left_out]
    return Group(*parts)


def run_facts(scene: Scene) -> RenderableType:
    """One sentence on what was read and in what time."""
    exchanges, accounts = figures.count(scene.exchanges), figures.count(scene.accounts)
    return _line(f"Read {exchanges} exchanges of {accounts} accounts in {figures.duration(scene.seconds)}.")


def reading_facts(facts: Mapping[str, Any], lake: str) -> RenderableType:
    """What an ingest did, coverage first. `facts` is what `reading` makes."""
    new, rows, chunks, twice = (
        figures.count(facts[name]) for name in ("new_rows", "rows", "skipped_chunks", "duplicates")
    )
    return Group(
        coverage(set_scene(facts)),
        _line(f"{new} new exchanges in {figures.duration(facts['seconds'])}; {clean(lake, 400)} holds {rows}."),
        _line(f"Skipped: {chunks} parts that were read before, {twice} duplicates."),
    )


def campaign_story(story: Story) -> RenderableType:
    """All that is known of one campaign."""
    head = Text.assemble((story.status, STATUS_STYLES.get(story.status, "")), "  ", (story.id, "bold"))
    parts: list[RenderableType] = [head, _line(story.headline)]
    if story.kinds:
        parts.append(_line("takes: " + ", ".join(story.kinds)))
    if story.verdict:
        parts.append(_line(story.verdict, "italic"))
    parts += [Text(), _pairs((*story.facts[3:], *story.taken))]
    parts += _section("Is it one operation?", _ties(story) if story.ties else None)
    if story.links:
        parts.append(_links(story))
    if story.without:
        left = "; ".join(f"{name} {p_value}" for name, p_value in story.without)
        parts.append(_line(f"chance with one kind of trait left out: {left}", "dim"))
    parts += _section("Does it harvest?", _waterfall(story) if story.steps else None)
    if story.blind:
        parts.append(_line("could not judge: " + "; ".join(story.blind), "dim"))
    parts += _section("Could it be innocent?", _rivals(story) if story.rivals else None)
    if story.targets:
        table = _table("skill", "share>", "exchanges>")
        for skill, share, exchanges in story.targets:
            table.add_row(Text(skill), Text(figures.percent(share)), Text(figures.count(exchanges)))
        parts += _section("What it asks for", table)
    if story.examples:
        parts += _section("Exchanges to look at", _line("  ".join(story.examples)))
    return Group(*parts)


def account_story(account: str, found: Sequence[tuple[Story, float | None]], seen: bool | None) -> RenderableType:
    """The campaigns that hold an account, strongest membership first; or whether the scan saw it at all."""
    name = clean(account, 80)
    if not found:
        if seen is None:
            return _line(f"{name} is in no campaign. Whether the scan saw it is not on record here.")
        if seen:
            return _line(f"{name} is in no campaign. The scan saw it.")
        return _line(f"{name} is in no campaign, and the scan did not see it: it made no exchange in what was read.")
    parts: list[RenderableType] = []
    for story, probability in found:
        parts += [
            Text.assemble(
                (name, "bold"),
                " belongs to ",
                (story.id, STATUS_STYLES.get(story.status, "")),
                f" ({story.status}) with probability {_probability(probability)}.",
            ),
            _line(
                "Membership is a probability, not a verdict on this account. What ties the campaign together:", "dim"
            ),
        ]
        parts += [part for part, told in ((_ties(story), story.ties), (_links(story), story.links)) if told]
        if story.steps:
            parts += [_line("What the campaign does:", "dim"), _waterfall(story)]
        parts.append(Text())
    return Group(*parts)


def listing(headings: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> RenderableType:
    """A plain table; a heading that ends in ">" is a column of figures. Every cell passes `clean`."""
    table = _table(*headings, title=title)
    cells = [[clean(cell, 400) for cell in row] for row in rows]
    for place, column in enumerate(table.columns):
        column.no_wrap = all(len(row[place]) <= _WORD for row in cells)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    return table


def drill(result: Drill) -> RenderableType:
    """What a scan found of a simulated world, against the truth."""
    table = _table(
        "planted", "accounts>", "found as", "status", "found>", "of those named, right>", title="Against the truth"
    )
    for hit in result.planted:
        table.add_row(
            Text(clean(hit.truth, 60), "bold"),
            Text(figures.count(hit.accounts)),
            Text(clean(hit.campaign, 60) or "not found", "" if hit.campaign else "yellow"),
            Text(hit.status, STATUS_STYLES.get(hit.status, "")),
            Text(figures.percent(hit.recall)),
            Text(figures.percent(hit.precision)),
        )
    false = len(result.false_alerts)
    ending = "" if false == 1 else "s"
    said = f"{false} false alert{ending}: {', '.join(result.false_alerts)}" if false else "No false alert."
    return Group(table, _line(said, "red" if false else "green"))


def _ties(story: Story) -> RenderableType:
    table = _table("tie", "weight>", "seen", head=False)
    for tie in story.ties:
        table.add_row(Text(tie.name), Text(figures.number(tie.weight)), Text(tie.text, "dim"))
    return table


def _waterfall(story: Story) -> RenderableType:
    levels = [level for step in story.steps for level in (step.start, step.end)] + [0.0, story.total]
    low, high = min(levels), max(levels)
    total = Step("Total", "", story.total, 0.0, story.total)
    names = max(len(step.name) for step in (*story.steps, total))
    parts: list[RenderableType] = []
    for step in (*story.steps, total):
        style = "bold" if step is total else "dim" if not step.counted else "red" if step.weight >= 0 else "blue"
        weight = figures.number(step.weight) if step.counted else f"({figures.number(step.weight)})"
        bar = _bar(step, low, high).ljust(_BAR)
        parts.append(Text.assemble((f"{step.name:<{names}}", "bold"), "  ", (bar, style), f" {weight:>8}"))
        if step.text:
            parts.append(Padding(_line(step.text, "dim"), (0, 0, 0, 4)))
    return Group(*parts)


def _bar(step: Step, low: float, high: float) -> str:
    if not step.counted:
        return ""
    scale = _BAR / ((high - low) or 1.0)
    left = round((min(step.start, step.end) - low) * scale)
    right = round((max(step.start, step.end) - low) * scale)
    return " " * left + "█" * max(1, right - left)


def _links(story: Story) -> RenderableType:
    table = _table("channel", "value", "here>", "elsewhere>", "weight>")
    for link in story.links[:_ROWS]:
        table.add_row(
            Text(link.channel.replace("_", " ")),
            Text(link.value),
            Text(figures.percent(link.share)),
            Text(figures.percent(link.base)),
            Text(figures.number(link.weight, 1)),
        )
    more = len(story.links) - _ROWS + story.more_links
    return Group(table, _line(f"and {more} more traits", "dim")) if more > 0 else table


def _rivals(story: Story) -> RenderableType:
    parts: list[RenderableType] = []
    for name, verdict, supporting, against in story.rivals:
        parts.append(Text.assemble((name, "bold"), ": ", (verdict, VERDICT_STYLES.get(verdict, ""))))
        for word, lines in (("for", supporting), ("against", against)):
            if lines:
                parts.append(Padding(_line(f"{word}: {'; '.join(lines)}", "dim"), (0, 0, 0, 4)))
    return Group(*parts)


def _section(title: str, body: RenderableType | None) -> list[RenderableType]:
    return [Text(), Text(title, "bold"), body if body is not None else _line("nothing on record", "dim")]


def _pairs(rows: Iterable[tuple[str, str, str]]) -> Table:
    table = _table("", "", "", head=False)
    for name, value, meaning in rows:
        table.add_row(Text(name), Text(value, "bold"), Text(meaning, "dim"))
    return table


def _table(*headings: str, title: str = "", head: bool = True) -> Table:
    table = Table(
        box=None, show_header=head, pad_edge=False, header_style="dim", title=Text(title, "bold") if title else None,
        title_justify="left", padding=(0, 2, 0, 0),
    )  # fmt: skip
    for heading in headings:
        figure = heading.endswith(">")
        table.add_column(
            Text(heading.removesuffix(">")), justify="right" if figure else "left", no_wrap=figure, overflow="fold"
        )
    return table


def _line(text: str, style: str = "") -> Text:
    return Text(text, style)


def _probability(value: float | None) -> str:
    return figures.UNKNOWN if value is None else "over 0.999" if value > 0.999 else f"{value:.3g}"
