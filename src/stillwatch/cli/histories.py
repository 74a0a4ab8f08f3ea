"""Commands that read dates and scores: `provenance timeline` and `provenance benchmarks`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from stillwatch.cli.app import AsJson, Seed, provenance
from stillwatch.cli.showing import existing, plain, print_json, say
from stillwatch.cli.writing import check_folder, write_into
from stillwatch.errors import BadSettings, NothingToRead

if TYPE_CHECKING:
    from stillwatch.console.history_views import History
    from stillwatch.findings import Campaign

__all__ = ["benchmarks", "timeline"]

Out = Annotated[Path | None, typer.Option("--out", help="Folder for the page and its figures as JSON.")]
_DAY = "as YYYY-MM-DD"


@provenance.command()
def timeline(
    campaigns: Annotated[
        Path, typer.Option("--campaigns", help="Folder of a scan, or a table: id, start, end[, skills][, model].")
    ],
    releases: Annotated[
        Path, typer.Option("--releases", help="Table: model, provider, date, kind (release or benchmark)[, skill].")
    ],
    suspect: Annotated[str, typer.Option("--suspect", help="A model or a provider of the releases.")],
    provider: Annotated[str | None, typer.Option("--provider", help="Provider of the suspect, where unclear.")] = None,
    harvested: Annotated[
        str | None, typer.Option("--harvested", help="The harvested provider, which is no peer: campaigns follow it.")
    ] = None,
    window: Annotated[int, typer.Option("--window", help="Days after a campaign within which a release fits.")] = 60,
    anchor: Annotated[
        str, typer.Option("--anchor", help="Count from the campaign's end or start.", metavar="end|start")
    ] = "end",
    first: Annotated[str | None, typer.Option("--from", help=f"First day with all releases on record, {_DAY}.")] = None,
    last: Annotated[str | None, typer.Option("--to", help=f"Last such day, {_DAY}.")] = None,
    seed: Seed = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say how often an innocent release would follow the campaigns as closely as the suspect's did."""
    from stillwatch.console.history_views import timeline_view
    from stillwatch.provenance.timeline import Design, read_releases, read_windows, study, windows_of

    if anchor not in ("end", "start"):
        raise BadSettings("--anchor: say end or start.")
    chosen: Literal["end", "start"] = "start" if anchor == "start" else "end"
    design = Design(window=window, anchor=chosen, first_day=_day("--from", first), last_day=_day("--to", last))
    existing([campaigns, releases])
    check_folder(out)
    windows = windows_of(_scan(campaigns)) if _is_scan(campaigns) else read_windows(campaigns)
    if not windows:
        raise NothingToRead(
            f"{campaigns}: holds no campaign under alert or confirmed. A table of windows can be given."
        )
    found = study(
        suspect,
        windows,
        read_releases(releases),
        provider=provider,
        harvested=harvested,
        design=design,
        seed=_seed(seed),
    )
    made = plain(found)
    _leave(out, "timeline", made, timeline_view(made), as_json)


@provenance.command()
def benchmarks(
    scores: Annotated[
        Path,
        typer.Argument(help="Table: model, family, skill, benchmark, score, date[, provider, ceiling, size]."),
    ],
    suspect: Annotated[str, typer.Option("--suspect", help="The model that may have been trained on the answers.")],
    targeted: Annotated[
        list[str] | None, typer.Option("--targeted", help="A skill that was harvested; may be repeated.")
    ] = None,
    campaigns: Annotated[
        Path | None, typer.Option("--campaigns", help="Folder of a scan: its targeted skills and first day are taken.")
    ] = None,
    after: Annotated[
        str | None, typer.Option("--after", help=f"Last day that counts as before, {_DAY}; else the first campaign's.")
    ] = None,
    declared: Annotated[
        str | None, typer.Option("--declared", help=f"Day on which the targeted skills were put on record, {_DAY}.")
    ] = None,
    seed: Seed = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the targeted skills gained beyond the other skills and beyond the peers, and how sure that is."""
    from stillwatch.console.history_views import gains_view
    from stillwatch.provenance.benchmarks import compare_gains, read_scores

    existing([scores, *([campaigns] if campaigns else [])])
    check_folder(out)
    parting, skills, from_traffic = _day("--after", after), list(targeted or ()), False
    if campaigns is not None:
        if not _is_scan(campaigns):  # the scan beside a table is another answer than the table's
            raise BadSettings(
                f"{campaigns}: is no folder of a scan. Of a table, say skills with --targeted and the day with --after."
            )
        taken, began = _targets(campaigns)
        parting = parting or began
        from_traffic = not skills
        skills = skills or taken
    if not skills:
        raise BadSettings(
            "no targeted skill: name one with --targeted, or a scan whose alerts have some with --campaigns."
        )
    found = compare_gains(
        read_scores(scores), suspect, skills, after=parting, declared=_day("--declared", declared),
        from_traffic=from_traffic, seed=_seed(seed),
    )  # fmt: skip
    made = plain(found)
    _leave(out, "benchmarks", made, gains_view(made), as_json)


def _leave(out: Path | None, name: str, made: dict[str, Any], view: History, as_json: bool) -> None:
    """The page and the JSON in `out`, then the finding on the terminal."""
    import json

    from stillwatch.console import terminal
    from stillwatch.console.histories import history_story, write_history

    if out is not None:
        write_into(out, f"{name}.json", json.dumps(made, indent=1).encode() + b"\n")
        write_history(out / f"{name}.html", view)
    if as_json:
        print_json(made)
        return
    terminal.console().print(history_story(view))
    if out is not None:
        say(f"Page: {out / f'{name}.html'}")


def _scan(path: Path) -> tuple[Campaign, ...]:
    from stillwatch.outcome import read_campaigns

    return read_campaigns(path if path.is_dir() else path.parent)


def _is_scan(path: Path) -> bool:
    return path.is_dir() or path.name == "campaigns.json"


def _targets(path: Path) -> tuple[list[str], datetime.date | None]:
    """Skills that the scan's campaigns harvested and the day before the first of them began."""
    from stillwatch.provenance.timeline import windows_of

    windows = windows_of(_scan(path))
    starts = [window.start for window in windows if window.start]
    began = min(starts) - datetime.timedelta(days=1) if starts else None
    return list(dict.fromkeys(skill for window in windows for skill in window.skills)), began


def _day(flag: str, value: str | None) -> datetime.date | None:
    if value is None:
        return None
    try:
        return datetime.datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        raise BadSettings(f"{flag}: {value[:40]!a} is no day. Write YYYY-MM-DD.") from None


def _seed(seed: int | None) -> int:
    from stillwatch.config import load_settings

    return load_settings(seed=seed).seed
