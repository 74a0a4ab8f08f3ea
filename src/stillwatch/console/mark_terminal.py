"""A mark in a terminal, on one screen: verdict, keys, decoys on a line, power, what would change the result."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from stillwatch.console import figures
from stillwatch.console.mark_drawings import power_lines, scores
from stillwatch.console.mark_views import (
    access_words,
    adjusted_words,
    alarms,
    cleaned,
    p_words,
    rank_words,
    rungs,
    two_digits,
)  # fmt: skip
from stillwatch.console.terminal import listing
from stillwatch.marks import CommitmentCheck, KeyResult, MarkInquiry

__all__ = ["mark_summary"]

_HEIGHTS = "▁▂▃▄▅▆▇█"
_STYLES = {"marked": "bold red", "not shown": "bold", "abstains": "bold yellow"}
_STANDINGS = {"ruled out": "dim", "unlikely": "dim", "possible": "yellow", "not tested": "yellow"}


def mark_summary(inquiry: MarkInquiry, *, rows: int = 5) -> RenderableType:
    """What `write_mark_report` tells at length, in some forty lines; `rows` keys of each level, the accused among them.

    Obeys no markup and no control sequence of a case.
    """
    case = cleaned(inquiry)
    short, seen = access_words(case.access)
    parts: list[RenderableType] = [
        Text.assemble((case.verdict, _STYLES.get(case.verdict, "bold")), "  ", (case.suspect, "bold")),
        *([Text(case.sentence)] if case.sentence else []),
        *(Text(f"! {text}", "bold yellow") for text in alarms(case)),
        Text(
            f"{case.scheme or 'scheme not named'}, access {short} ({seen}); {figures.count(case.tokens)} tokens, "
            f"{figures.count(case.pairs)} distinct pairs scored, weight {case.weight or 'not named'}",
            "dim",
        ),
        _commitment(case.commitment),
        Text(),
        *_keys(case, rows),
        _decoys(case),
    ]
    parts += [Text(line.sentence) for line in power_lines(case)]
    parts += [
        Text.assemble((one.name, "bold"), ": ", (one.standing, _STANDINGS.get(one.standing, "")), f". {one.text}")
        for one in case.rivals
    ]
    if case.ledger:
        cells = [
            (one.account, one.cohort, figures.count(one.exchanges), f"{one.first_seen} – {one.last_seen}", one.campaign)
            for one in case.ledger
        ]
        headings = ("account", "cohort", "exchanges>", "active", "campaign")
        parts += [Text(), listing(headings, cells, "Ledger: where text came from, not who bought it")]
    parts += [Text(f"- {text}", "dim") for text in (*case.would_change, *case.limits)]
    if case.verdict != "marked":
        parts.append(
            Text("- No mark found is no sign of innocence: paraphrase and neutralisation remove marks.", "dim")
        )
    return Group(*parts)


def _keys(case: MarkInquiry, rows: int) -> list[RenderableType]:
    cells = []
    left_out = []
    epochs = {one.epoch for one in case.keys}
    for rung in rungs(case):
        shown = rung.shown[: max(rows, min(rung.accused, len(rung.shown)))]
        cells += [
            (rung.level, one.key_id + (" *" if one.accused else ""), _holder(one, epoch=len(epochs) > 1),
             figures.number(one.z, 1), p_words(one.log10_p), adjusted_words(one),
             rank_words(one, rung, case.decoys.count))
            for one in shown
        ]  # fmt: skip
        if rung.keys > len(shown):
            left_out.append(f"{rung.keys - len(shown):,} more of {rung.level}s")
    if not cells:
        return [Text("No key was tested.", "yellow")]
    table = listing(("level", "key (* accused)", "whose", "z>", "p>", "p, Holm>", "rank>"), cells)
    notes = [f"Not shown: {', '.join(left_out)}."] if left_out else []
    notes += [f"Epoch {epoch}." for epoch in epochs if epoch and len(epochs) == 1]
    return [table, *([Text(" ".join(notes), "dim")] if notes else [])]


def _holder(one: KeyResult, *, epoch: bool) -> str:
    within = f" in {one.cohort}" if one.cohort and one.level == "account" else ""
    name = {"account": one.account, "cohort": one.cohort}.get(one.level, "") + within
    return f"{name} {one.epoch}".strip() if epoch else name


def _decoys(case: MarkInquiry) -> Text:
    """Decoys as a histogram of one line with the accused keys as diamonds on it, and what they say."""
    own = case.decoys
    if own.count <= 0:
        return Text("No decoys were drawn.", "bold yellow")
    placed = scores(case)
    line = Text("decoys ", "dim")
    most = max(1, *(one.count for one in placed.decoys))
    here = {min(len(placed.decoys) - 1, _cell(flag.at, placed.low, placed.high, len(placed.decoys)))
            for flag in placed.flags if flag.accused}  # fmt: skip
    for place, one in enumerate(placed.decoys):
        if place in here:
            line.append("◆", "bold red")
        else:
            line.append(
                _HEIGHTS[(len(_HEIGHTS) - 1) * one.count // most] if one.count else "·", "" if one.count else "dim"
            )
    line.append(
        f"\n{own.count:,} decoys {'sound' if own.sound else 'NOT SOUND'}: "
        f"deviation {two_digits(own.deviation)}, "
        f"{figures.percent(own.beyond_5)} at p ≤ .05, lowest p {p_words(own.lowest_log10_p)}, "
        f"uniform p {p_words(own.log10_p_uniform)}",
        "" if own.sound else "bold yellow",
    )
    return line.append(f"\n{own.text}", "dim") if own.text else line


def _cell(at: float, low: float, high: float, cells: int) -> int:
    return int((at - low) / (high - low) * cells)


def _commitment(check: CommitmentCheck | None) -> Text:
    if check is None:
        return Text("No commitment to the keys was checked: anyone may say they were picked afterwards.", "yellow")
    holds = "holds" if check.holds else "DOES NOT HOLD"
    return Text(
        f"commitment {check.root[:24]}… of {check.committed_at or 'unknown date'} to {check.keys:,} keys {holds}",
        "dim" if check.holds else "bold yellow",
    )
