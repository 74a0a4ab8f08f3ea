"""The command that measures: `bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stillwatch.cli.app import AsJson, app
from stillwatch.cli.showing import print_json, say
from stillwatch.config import load_settings
from stillwatch.errors import BadSettings

__all__ = ["bench"]


@app.command()
def bench(
    what: Annotated[str, typer.Argument(help="What is measured: detect.", metavar="detect")],
    case: Annotated[
        list[str] | None, typer.Option(help="find, quiet, time, budget, an attacker or a case; may be repeated.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Worlds of each case, each of its own seed.")] = None,
    accounts: Annotated[int | None, typer.Option(help="Innocent accounts of each world.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; worlds in it are kept.")] = Path("bench"),
    as_json: AsJson = False,
) -> None:
    """Measure how well campaigns are found: simulated worlds of every attacker, compared with their truth."""
    from stillwatch.bench import detect
    from stillwatch.console import terminal
    from stillwatch.console.progress import steps

    if what != "detect":
        raise BadSettings(f"{what!r} cannot be measured; the one that can is: detect.")
    with steps(quiet=as_json) as progress:
        done = detect(
            tuple(case or ()), out, worlds=seeds, accounts=accounts, settings=load_settings(), progress=progress
        )
    if as_json:
        print_json(done.summary)
        return
    for title, _, head, rows in done.tables:
        terminal.console().print(f"{title}", terminal.listing(head, rows), "", sep="\n")
    say(f"Page: {done.page}")
