"""How a command ends: one line on what went wrong, and its exit status (docs/exit-status.md)."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from stillwatch.cli.app import app
from stillwatch.console.text import clean
from stillwatch.errors import StillwatchError

__all__ = ["INTERNAL_ERROR", "INTERRUPTED", "main"]

INTERNAL_ERROR = 70
INTERRUPTED = 130


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
