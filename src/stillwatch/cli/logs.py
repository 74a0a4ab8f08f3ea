"""Commands on logs: `ingest` reads them, `scan` finds the campaigns in them, `explain` tells why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.app import AsJson, Format, Seed, SqlEngine, app
from stillwatch.cli.showing import existing, plain, print_json, report_path, run_scan, show_scan
from stillwatch.config import load_settings
from stillwatch.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.console.results import Results

__all__ = ["explain", "ingest", "scan"]


@app.command()
def ingest(
    logs: Annotated[list[Path], typer.Argument(help="Files and folders to read.")],
    lake: Annotated[Path, typer.Option("--lake", help="Lake to append to; made where there is none.")],
    log_format: Format = None,
    forget_text: Annotated[
        bool, typer.Option("--forget-text", help="Keep keyed sketches only: no prompt, no answer, no address.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read logs into a lake. What was read before is skipped; a killed run goes on where it stopped."""
    from stillwatch.console import terminal
    from stillwatch.console.progress import steps
    from stillwatch.console.reading import reading
    from stillwatch.ingest import ingest as read_in
    from stillwatch.signals import SIGNALS
    from stillwatch.sources import plan

    planned = plan(existing(logs), format=log_format)
    with steps(quiet=as_json) as report:

        def told(done_bytes: int, rows: int) -> None:
            if report is not None:
                report(f"{rows:,} exchanges", done_bytes / max(1, planned.total_bytes))

        summary = read_in(planned, lake, forget_text=forget_text, settings=load_settings(), progress=told)
    facts = reading(plain(summary), SIGNALS, tables=_table_shares(lake))
    if as_json:
        print_json(facts)
    else:
        terminal.console().print(terminal.reading_facts(facts, str(lake)))


def _table_shares(lake: Path) -> dict[str, float]:
    """Share of rows that carry each column of the lake's side tables, by `<table>.<column>`."""
    import pyarrow.parquet as pq

    from stillwatch.sources.tables import TABLES

    shares: dict[str, float] = {}
    for name in TABLES:
        path = lake / f"{name}.parquet"
        if not path.exists():
            continue
        table = pq.read_table(path)
        for column in table.column_names:
            shares[f"{name}.{column}"] = 1 - table.column(column).null_count / table.num_rows if table.num_rows else 0.0
    return shares


@app.command()
def scan(
    inputs: Annotated[list[Path], typer.Argument(help="A lake, or logs to read first.", metavar="LAKE_OR_LOGS...")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the campaigns and the report.")],
    accounts: Annotated[Path | None, typer.Option(help="Table of accounts: Parquet, JSON Lines or CSV.")] = None,
    contracts: Annotated[Path | None, typer.Option(help="Table of verified contracts.")] = None,
    models: Annotated[Path | None, typer.Option(help="Table of models with release dates and prices.")] = None,
    budget: Annotated[
        float | None, typer.Option(help="Expected false campaigns per month: the only threshold.")
    ] = None,
    partials: Annotated[
        Path | None, typer.Option(help="Folder for each day's partial results, kept for the next scan.")
    ] = None,
    log_format: Format = None,
    seed: Seed = None,
    engine: SqlEngine = None,
    as_json: AsJson = False,
) -> None:
    """Find campaigns. Exit status 0 whether or not there is one."""
    tables = {"accounts": accounts, "contracts": contracts, "models": models}
    results = run_scan(
        inputs, out, tables, partials=partials, log_format=log_format, budget=budget, seed=seed, engine=engine,
        quiet=as_json,
    )  # fmt: skip
    if as_json:
        print_json(
            {"campaigns": plain(results.campaigns), "scan": plain(results.facts), "report": str(report_path(out))}
        )
    else:
        show_scan(results)


@app.command()
def explain(
    out: Annotated[Path, typer.Argument(help="Folder that `scan` wrote.")],
    name: Annotated[str, typer.Argument(help="Id of a campaign or of an account.", metavar="CAMPAIGN_OR_ACCOUNT")],
    as_json: AsJson = False,
) -> None:
    """Tell why a campaign was found, or what is known of an account."""
    from stillwatch.console import terminal
    from stillwatch.console.results import read_results
    from stillwatch.console.story import tell

    results = read_results(out)
    campaign = results.campaign(name)
    if campaign is not None:
        if as_json:
            print_json(plain(campaign))
        else:
            terminal.console().print(terminal.campaign_story(tell(campaign)))
        return
    found = results.memberships(name)
    seen = None if found else _seen(results, name)
    if not found and not seen and re.fullmatch(r"C-[0-9a-f]{8}", name):
        raise BadSettings(
            f"{out}: no campaign {name} here. A scan of a log that has grown may give it another id; under `watch` it "
            "keeps it, and history/ tells whether it was merged or is no longer found."
        )
    if as_json:
        members = [{"campaign": plain(campaign), "probability": probability} for campaign, probability in found]
        print_json({"account_id": name, "campaigns": members, "seen": True if found else seen})
    else:
        stories = [(tell(campaign), probability) for campaign, probability in found]
        terminal.console().print(terminal.account_story(name, stories, seen))


def _seen(results: Results, account: str) -> bool | None:
    """Whether the account made an exchange in the lake that was scanned; None where that lake is not at hand."""
    import pyarrow as pa

    from stillwatch.engines import DuckDBEngine
    from stillwatch.lake import Lake

    paths = [Path(str(path)) for path in results.facts.get("inputs") or ()]
    lakes = [path for path in (*paths, results.folder / "lake") if Lake.is_lake(path)]
    if not lakes:
        return None
    with DuckDBEngine() as engine:
        Lake.open(lakes[0]).register(engine)
        engine.register("asked", pa.table({"account_id": [account]}))
        sql = "SELECT CAST(count(*) AS BIGINT) AS n FROM exchanges e JOIN asked a ON e.account_id = a.account_id"
        return bool(engine.scalar(sql))
