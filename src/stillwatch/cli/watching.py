"""Commands of daily operation: `watch` looks again and again, `verdict` puts a reviewer's decision on record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stillwatch.cli.app import AsJson, Seed, SqlEngine, app
from stillwatch.cli.showing import existing, plain, print_json, report_path, say
from stillwatch.config import load_settings
from stillwatch.console.text import clean
from stillwatch.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.watch import Look

__all__ = ["verdict", "watch"]


@app.command()
def watch(
    lake: Annotated[Path, typer.Argument(help="The lake, which `ingest` goes on filling.")],
    state: Annotated[Path, typer.Option("--state", help="Folder for what is remembered and for the report.")],
    once: Annotated[bool, typer.Option("--once", help="One look, and leave.")] = False,
    every: Annotated[float, typer.Option("--every", help="Minutes from one look to the next.", min=0.01)] = 60.0,
    budget: Annotated[float | None, typer.Option(help="Expected false campaigns per month, over all looks.")] = None,
    seed: Seed = None,
    engine: SqlEngine = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a look, each on its own line.")
    ] = False,
) -> None:
    """Look at a lake again and again: campaigns keep their ids, and what is new, grown, merged or gone is said."""
    from stillwatch.console.progress import steps
    from stillwatch.console.report import write_report
    from stillwatch.watch import keep_watching, take_look

    settings = load_settings(budget=budget, seed=seed, engine=engine)
    existing([lake])

    def take() -> Look:
        with steps(quiet=as_json) as progress:
            return take_look(
                lake, state, settings=settings, progress=progress,
                report=lambda folder, campaigns, facts: write_report(report_path(folder), campaigns, facts),
            )  # fmt: skip

    for look in [take()] if once else keep_watching(take, every_minutes=every):
        _show_look(look, state, as_json)


@app.command()
def verdict(
    state: Annotated[Path, typer.Argument(help="Folder that `watch --state` keeps.")],
    campaign: Annotated[str, typer.Argument(help="Id of the campaign.")],
    decision: Annotated[str, typer.Argument(help="confirm or dismiss.", metavar="confirm|dismiss")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who read it later.")],
    by: Annotated[str | None, typer.Option("--by", help="Who decides; by default who is logged in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a reviewer's decision on a campaign on record. It counts from the next look on."""
    import getpass

    from stillwatch.watch import give_verdict

    if decision not in ("confirm", "dismiss"):
        raise BadSettings(f"{clean(decision, 40)}: not a verdict. Say confirm or dismiss.")
    chosen: Literal["confirm", "dismiss"] = "confirm" if decision == "confirm" else "dismiss"
    given = give_verdict(state, campaign, chosen, reason=reason, by=by or getpass.getuser())
    if as_json:
        print_json({name: value for name, value in plain(given).items() if name != "accounts"})
    else:
        say(f"{given.campaign}: {given.verdict} by {given.by}, {len(given.accounts):,} accounts. On record.")


def _show_look(look: Look, state: Path, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(plain(look), ensure_ascii=True, default=str))
        return
    if not look.taken:
        say(f"Look {look.look}: nothing new in the lake.")
        return
    counts = f"{look.alerts} alert, {look.reviews} review, {look.declared} declared"
    ends = "" if look.log_ends is None else f", the log ends {look.log_ends:%Y-%m-%d %H:%M}"
    say(f"Look {look.look}: {look.exchanges:,} exchanges{ends}; {counts}.")
    for change in look.changes:
        say(f"  {change.text}")
    if not look.changes:
        say("  No change.")
    for row in look.reliability:
        say(f"  {row['code']}: {row['confirmed']} confirmed, {row['dismissed']} dismissed of those it spoke for.")
    say(f"  Report: {report_path(state / look.results)}")
