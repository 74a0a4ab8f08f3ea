"""What several commands do alike: run a scan or a simulation with progress, and show what came back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from stillwatch.config import load_settings
from stillwatch.console.text import clean
from stillwatch.errors import NothingToRead

if TYPE_CHECKING:
    from stillwatch.console.results import Results
    from stillwatch.simulate import World

__all__ = [
    "existing",
    "make_world",
    "plain",
    "print_json",
    "report_path",
    "run_scan",
    "say",
    "say_left_out",
    "show_scan",
]


def make_world(path: Path, *, quiet: bool, **choices: Any) -> World:
    from stillwatch.console.progress import steps
    from stillwatch.simulate import simulate as write_world

    with steps(quiet=quiet) as report:

        def told(day: int, days: int) -> None:
            if report is not None:
                report(f"day {day} of {days}", day / days)

        return write_world(path, progress=told, **choices)


def run_scan(
    inputs: Sequence[Path], out: Path, tables: Mapping[str, Path | None], *, partials: Path | None = None,
    log_format: str | None = None, budget: float | None = None, seed: int | None = None, engine: str | None = None,
    quiet: bool = False,
) -> Results:  # fmt: skip
    from stillwatch.console.progress import steps
    from stillwatch.console.report import write_report
    from stillwatch.console.results import Results
    from stillwatch.pipeline import scan as run

    settings = load_settings(budget=budget, seed=seed, engine=engine)
    accounts, contracts, models = (tables.get(name) for name in ("accounts", "contracts", "models"))
    existing([path for path in (accounts, contracts, models) if path])
    with steps(quiet=quiet) as progress:
        done = run(
            existing(inputs), out, accounts=accounts, contracts=contracts, models=models, format=log_format,
            settings=settings, progress=progress, partials=partials,
        )  # fmt: skip
    write_report(report_path(out), done.campaigns, done.facts)
    return Results(out, tuple(done.campaigns), done.facts)


def show_scan(results: Results) -> None:
    from stillwatch.console import terminal
    from stillwatch.console.scene import set_scene
    from stillwatch.console.story import in_order, tell

    scene = set_scene(results.facts)
    stories = [tell(campaign) for campaign in in_order(results.campaigns)]
    screen = terminal.console()
    screen.print(terminal.coverage(scene), "", terminal.run_facts(scene), terminal.overview(stories), sep="\n")
    screen.print(f"\nReport: {clean(report_path(results.folder), 400)}", soft_wrap=True)
    if stories:
        screen.print(f"More:   stillwatch explain {clean(results.folder, 400)} {stories[0].id}", soft_wrap=True)


def report_path(out: Path) -> Path:
    return out / "report.html"


def existing(paths: Sequence[Path]) -> Sequence[Path]:
    for path in paths:
        if not path.exists():
            raise NothingToRead(f"{path}: no such file or folder.")
    return paths


def say(text: str) -> None:
    typer.echo(clean(text, 2000))


def say_left_out(left_out: Mapping[str, int]) -> None:
    """What was not read of a file, {reason: rows}; nothing where all was."""
    if left_out:
        say("Left out: " + ", ".join(f"{rows:,} rows ({reason})" for reason, rows in left_out.items()) + ".")


def print_json(value: object) -> None:
    # ASCII only: a control sequence in a log arrives at the terminal as \u001b, harmless.
    typer.echo(json.dumps(value, ensure_ascii=True, indent=2, default=str))


def plain(value: object) -> Any:
    import msgspec

    return msgspec.to_builtins(value, enc_hook=str)
