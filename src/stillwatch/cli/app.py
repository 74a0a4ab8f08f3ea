"""The application that every command registers with, and the options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from stillwatch import __version__

__all__ = ["AsJson", "Format", "Seed", "SqlEngine", "app", "provenance", "watermark"]

app = typer.Typer(
    name="stillwatch",
    help="Finds campaigns that distil a language model through its API, in the provider's own logs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

provenance = typer.Typer(
    name="provenance",
    help="Was that model trained on ours? Fingerprints, timing and benchmarks, with error rates.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(provenance)

watermark = typer.Typer(
    name="watermark",
    help="Marks in answers: keys, detection, and whether a model was trained on marked text.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(watermark)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output instead of text.")]
Format = Annotated[str | None, typer.Option("--format", help="Read the logs as this format (see `formats`).")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of every random choice.")]
SqlEngine = Annotated[
    str | None, typer.Option("--engine", help="Where the SQL runs: duckdb (here), spark://HOST:PORT or sc://HOST:PORT.")
]


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
