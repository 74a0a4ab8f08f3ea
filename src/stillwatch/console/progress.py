"""Progress on stderr, where that is a terminal; silence where it is a file, a pipe or a log collector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from stillwatch.console.terminal import console
from stillwatch.console.text import clean

__all__ = ["Report", "steps"]

Report = Callable[[str, float], None]


@contextmanager
def steps(*, quiet: bool = False) -> Iterator[Report | None]:
    """Yields report(what is being done, share of the whole that is done), or None where nobody would see it."""
    screen = console(stderr=True)
    if quiet or not screen.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=screen, transient=True) as progress:
        task = progress.add_task("starting", total=1.0)

        def report(what: str, share: float) -> None:
            progress.update(task, description=clean(what, 40), completed=min(1.0, max(0.0, share)))

        yield report
