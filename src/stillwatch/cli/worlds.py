"""Commands that make worlds: `simulate` and `demo`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from stillwatch.cli.app import AsJson, Seed, app
from stillwatch.cli.showing import make_world, plain, print_json, report_path, run_scan, say, show_scan
from stillwatch.errors import BadSettings

__all__ = ["DEMO_MARK", "demo", "simulate"]

DEMO_MARK = ".stillwatch-demo"


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
    made = make_world(
        world, quiet=as_json, scenario=scenario, accounts=accounts, days=days, seed=seed or 0, difficulty=difficulty,
        prompts=prompts, scale=scale,
    )  # fmt: skip
    facts = {
        "world": str(made.path),
        "truth": str(made.truth_path),
        "accounts": made.accounts,
        "exchanges": made.exchanges,
        "campaigns": plain(made.campaigns),
    }
    if as_json:
        print_json(facts)
    else:
        say(f"{made.path}: {made.exchanges:,} exchanges of {made.accounts:,} accounts; truth in {made.truth_path}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the world, the scan and the report.")] = Path("demo"),
    as_json: AsJson = False,
) -> None:
    """Simulate a small world with one campaign in it, find it, and compare with the truth."""
    from stillwatch.console import terminal
    from stillwatch.console.drill import compare

    _clear_demo(folder)
    made = make_world(folder / "world", quiet=as_json, scenario="hydra", accounts=2_000, days=7, seed=1)
    if not as_json:
        say(f"Simulated {made.exchanges:,} exchanges of {made.accounts:,} accounts in {made.path}.")
    results = run_scan([made.path], folder / "scan", {}, quiet=as_json)
    drill = compare(results, made.truth_path)
    if as_json:
        print_json(
            {"campaigns": plain(results.campaigns), "drill": plain(drill), "report": str(report_path(results.folder))}
        )
        return
    show_scan(results)
    terminal.console().print("", terminal.drill(drill), sep="\n")


def _clear_demo(folder: Path) -> None:
    """Makes room for a demo; only ever deletes what an earlier demo wrote."""
    mark = folder / DEMO_MARK
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise BadSettings(f"{folder}: not empty and not an earlier demo. Name a new folder.")
    for name in ("world", "world-truth", "scan"):
        shutil.rmtree(folder / name, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
