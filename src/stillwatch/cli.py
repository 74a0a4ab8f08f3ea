"""The command `stillwatch`: each command parses, calls the library and shows what came back; nothing more.

Heavy modules are imported inside the commands, so that `--version` and `--help` answer at once.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stillwatch import __version__
from stillwatch.config import load_settings
from stillwatch.console.text import clean
from stillwatch.errors import BadSettings, NothingToRead, StillwatchError

if TYPE_CHECKING:
    from stillwatch.console.results import Results
    from stillwatch.simulate import World

__all__ = ["app", "main"]

INTERNAL_ERROR = 70
INTERRUPTED = 130
DEMO_MARK = ".stillwatch-demo"

app = typer.Typer(
    name="stillwatch",
    help="Finds campaigns that distil a language model through its API, in the provider's own logs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output instead of text.")]
Format = Annotated[str | None, typer.Option("--format", help="Read the logs as this format (see `formats`).")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of every random choice.")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit status (docs/exit-status.md). Never shows a log's text in an error."""
    try:
        app(args=arguments)
    except SystemExit as leave:
        if leave.code != INTERRUPTED:
            raise
        _fail(_last_words(leave) or "interrupted. Run the same command again.", INTERRUPTED)
    except StillwatchError as error:
        _fail(clean(error, 600), error.exit_status)
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        _fail(clean(f"{name}{error.strerror or type(error).__name__}", 600), StillwatchError.exit_status)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        _fail(f"internal error {type(error).__name__} at {where}. STILLWATCH_DEBUG=1 shows all of it.", INTERNAL_ERROR)


def _last_words(error: BaseException) -> str:
    """What the KeyboardInterrupt behind `error` said: how to go on."""
    behind = error.__cause__ or error.__context__
    if behind is None or isinstance(error, KeyboardInterrupt):
        return clean(error, 600) if isinstance(error, KeyboardInterrupt) else ""
    return _last_words(behind)


def _fail(message: str, status: int) -> None:
    if os.environ.get("STILLWATCH_DEBUG") == "1":
        traceback.print_exc()
    sys.stderr.write(f"stillwatch: {message}\n")
    raise SystemExit(status)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"stillwatch {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


@app.command()
def simulate(
    world: Annotated[Path, typer.Argument(help="Folder to write; the truth goes beside it, into WORLD-truth.")],
    scenario: Annotated[str, typer.Option(help="What is planted: see docs/simulate.md; a+b plants several.")] = "hydra",
    accounts: Annotated[int | None, typer.Option(help="Innocent accounts; a preset has its own number.")] = None,
    days: Annotated[int | None, typer.Option(help="Days that it spans; a preset has its own number.")] = None,
    seed: Seed = None,
    difficulty: Annotated[str, typer.Option(help="easy, mid, hard or very-hard.")] = "mid",
    prompts: Annotated[Path | None, typer.Option(help="Folder of real prompts to use instead of made ones.")] = None,
    scale: Annotated[float, typer.Option(help="Shrinks a preset: accounts and exchanges together.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Write a labelled world of honest and harvesting accounts, for drills and tests."""
    made = _world(
        world, quiet=as_json, scenario=scenario, accounts=accounts, days=days, seed=seed or 0, difficulty=difficulty,
        prompts=prompts, scale=scale,
    )  # fmt: skip
    facts = {
        "world": str(made.path),
        "truth": str(made.truth_path),
        "accounts": made.accounts,
        "exchanges": made.exchanges,
        "campaigns": _plain(made.campaigns),
    }
    if as_json:
        _print_json(facts)
    else:
        _say(f"{made.path}: {made.exchanges:,} exchanges of {made.accounts:,} accounts; truth in {made.truth_path}")


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

    planned = plan(_existing(logs), format=log_format)
    with steps(quiet=as_json) as report:

        def told(done_bytes: int, rows: int) -> None:
            if report is not None:
                report(f"{rows:,} exchanges", done_bytes / max(1, planned.total_bytes))

        summary = read_in(planned, lake, forget_text=forget_text, settings=load_settings(), progress=told)
    facts = reading(_plain(summary), SIGNALS, models=(lake / "models.parquet").exists())
    if as_json:
        _print_json(facts)
    else:
        terminal.console().print(terminal.reading_facts(facts, str(lake)))


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
    log_format: Format = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Find campaigns. Exit status 0 whether or not there is one."""
    tables = {"accounts": accounts, "contracts": contracts, "models": models}
    results = _scan(inputs, out, tables, log_format=log_format, budget=budget, seed=seed, quiet=as_json)
    if as_json:
        _print_json(
            {"campaigns": _plain(results.campaigns), "scan": _plain(results.facts), "report": str(_report(out))}
        )
    else:
        _show_scan(results)


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
            _print_json(_plain(campaign))
        else:
            terminal.console().print(terminal.campaign_story(tell(campaign)))
        return
    found = results.memberships(name)
    seen = None if found else _seen(results, name)
    if as_json:
        members = [{"campaign": _plain(campaign), "probability": probability} for campaign, probability in found]
        _print_json({"account_id": name, "campaigns": members, "seen": True if found else seen})
    else:
        stories = [(tell(campaign), probability) for campaign, probability in found]
        terminal.console().print(terminal.account_story(name, stories, seen))


@app.command()
def signals(as_json: AsJson = False) -> None:
    """List the signals: what each looks for and which columns it needs."""
    from stillwatch.console import terminal
    from stillwatch.signals import SIGNALS

    rows: list[dict[str, Any]] = [
        {
            "code": signal.code,
            "name": signal.name,
            "family": signal.family,
            "kind": signal.kind,
            "needs": sorted(signal.needs),
            "atlas": signal.atlas,
            "looks_for": (signal.__doc__ or "").strip().partition("\n")[0],
        }
        for signal in SIGNALS
    ]
    if as_json:
        _print_json(rows)
        return
    cells = [[r["code"], r["name"], r["family"], r["looks_for"], ", ".join(r["needs"])] for r in rows]
    terminal.console().print(terminal.listing(["code", "name", "family", "looks for", "needs"], cells))


@app.command()
def formats(as_json: AsJson = False) -> None:
    """List the log formats that can be read."""
    from stillwatch.console import terminal
    from stillwatch.sources import FORMATS

    rows = [{"name": source.name, "description": source.description} for source in FORMATS]
    if as_json:
        _print_json(rows)
    else:
        terminal.console().print(terminal.listing(["name", "what it is"], [list(row.values()) for row in rows]))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the world, the scan and the report.")] = Path("demo"),
    as_json: AsJson = False,
) -> None:
    """Simulate a small world with one campaign in it, find it, and compare with the truth."""
    from stillwatch.console import terminal
    from stillwatch.console.drill import compare

    _clear_demo(folder)
    made = _world(folder / "world", quiet=as_json, scenario="hydra", accounts=2_000, days=7, seed=1)
    if not as_json:
        _say(f"Simulated {made.exchanges:,} exchanges of {made.accounts:,} accounts in {made.path}.")
    results = _scan([made.path], folder / "scan", {}, quiet=as_json)
    drill = compare(results, made.truth_path)
    if as_json:
        _print_json(
            {"campaigns": _plain(results.campaigns), "drill": _plain(drill), "report": str(_report(results.folder))}
        )
        return
    _show_scan(results)
    terminal.console().print("", terminal.drill(drill), sep="\n")


def _world(path: Path, *, quiet: bool, **choices: Any) -> World:
    from stillwatch.console.progress import steps
    from stillwatch.simulate import simulate as make_world

    with steps(quiet=quiet) as report:

        def told(day: int, days: int) -> None:
            if report is not None:
                report(f"day {day} of {days}", day / days)

        return make_world(path, progress=told, **choices)


def _scan(
    inputs: Sequence[Path], out: Path, tables: Mapping[str, Path | None], *, log_format: str | None = None,
    budget: float | None = None, seed: int | None = None, quiet: bool = False,
) -> Results:  # fmt: skip
    from stillwatch.console.progress import steps
    from stillwatch.console.report import write_report
    from stillwatch.console.results import Results
    from stillwatch.pipeline import scan as run

    settings = load_settings(budget=budget, seed=seed)
    files = {name: tables.get(name) for name in ("accounts", "contracts", "models")}
    _existing([path for path in files.values() if path])
    with steps(quiet=quiet) as progress:
        done = run(_existing(inputs), out, **files, format=log_format, settings=settings, progress=progress)
    write_report(_report(out), done.campaigns, done.facts)
    return Results(out, tuple(done.campaigns), done.facts)


def _show_scan(results: Results) -> None:
    from stillwatch.console import terminal
    from stillwatch.console.scene import set_scene
    from stillwatch.console.story import in_order, tell

    scene = set_scene(results.facts)
    stories = [tell(campaign) for campaign in in_order(results.campaigns)]
    screen = terminal.console()
    screen.print(terminal.coverage(scene), "", terminal.run_facts(scene), terminal.overview(stories), sep="\n")
    screen.print(f"\nReport: {clean(_report(results.folder), 400)}", soft_wrap=True)
    if stories:
        screen.print(f"More:   stillwatch explain {clean(results.folder, 400)} {stories[0].id}", soft_wrap=True)


def _report(out: Path) -> Path:
    return out / "report.html"


def _existing(paths: Sequence[Path]) -> Sequence[Path]:
    for path in paths:
        if not path.exists():
            raise NothingToRead(f"{path}: no such file or folder.")
    return paths


def _clear_demo(folder: Path) -> None:
    """Makes room for a demo; only ever deletes what an earlier demo wrote."""
    mark = folder / DEMO_MARK
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise BadSettings(f"{folder}: not empty and not an earlier demo. Name a new folder.")
    for name in ("world", "world-truth", "scan"):
        shutil.rmtree(folder / name, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()


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


def _say(text: str) -> None:
    typer.echo(clean(text, 2000))


def _print_json(value: object) -> None:
    # ASCII only: a control sequence in a log arrives at the terminal as \u001b, harmless.
    typer.echo(json.dumps(value, ensure_ascii=True, indent=2, default=str))


def _plain(value: object) -> Any:
    import msgspec

    return msgspec.to_builtins(value, enc_hook=str)
