"""How every page of this package is made: one set of templates, escaped throughout, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import jinja2

from stillwatch.console import figures
from stillwatch.errors import StillwatchError

__all__ = ["environment", "write_page"]


@cache
def environment() -> jinja2.Environment:
    """The templates with autoescape on, a missing name an error, and figures as filters."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("stillwatch.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        count=figures.count,
        compact=figures.compact,
        percent=figures.percent,
        odds=figures.odds,
        signed=figures.number,
        duration=figures.duration,
        megabytes=figures.bytes_size,
        width=lambda share: f"{min(1.0, max(0.0, share or 0.0)) * 100:.1f}%",
    )
    return made


def write_page(path: Path, page: str) -> None:
    """Write `page` to `path`; an older file stays as it was where that fails.

    Raises StillwatchError where the file cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".report-", suffix=".html")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(page)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StillwatchError(
            f"{path}: the report cannot be written ({error.strerror}). Choose another --out."
        ) from None
