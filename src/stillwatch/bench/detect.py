"""`stillwatch bench detect`: run the cases, write the results, say what came out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillwatch.bench.cases import choose
from stillwatch.bench.page import Table, tables, write_results
from stillwatch.bench.run import read_worlds, run_cases
from stillwatch.bench.summary import summarise
from stillwatch.config import Settings

__all__ = ["Detected", "detect"]


@dataclass(frozen=True)
class Detected:
    """The summary of all worlds of the folder as plain values, its tables as text, and the page."""

    summary: dict[str, Any]
    tables: list[Table]
    page: Path


def detect(
    names: tuple[str, ...],
    out: Path,
    *,
    worlds: int | None = None,
    accounts: int | None = None,
    prompts: Path | None = None,
    settings: Settings | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Detected:
    """Run the cases of these names into the folder `out` and write the page and summary of all worlds in it.

    What is there already is kept and not run again.

    `names` as in `choose`; `worlds` and `accounts` replace each case's own numbers; `prompts` is a folder of real
    prompts. Raises StillwatchError.
    """
    cases = choose(names)
    run_cases(cases, out, worlds=worlds, accounts=accounts, prompts=prompts, settings=settings, progress=progress)
    whole = sorted(read_worlds(out), key=lambda world: int(world["seed"]))  # as the cases stand, whatever ended first
    return Detected(write_results(whole, out), tables(summarise(whole)), out / "benchmark.html")
