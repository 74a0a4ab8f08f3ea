"""Commands that list what there is: `signals` and `formats`."""

from __future__ import annotations

from typing import Any

from stillwatch.cli.app import AsJson, app
from stillwatch.cli.showing import print_json

__all__ = ["formats", "signals"]


@app.command()
def signals(as_json: AsJson = False) -> None:
    """List the signals: what each looks for and which columns it needs."""
    from stillwatch.console import terminal
    from stillwatch.signals import SIGNALS, state

    rows: list[dict[str, Any]] = [
        {
            "code": signal.code,
            "name": signal.name,
            "family": signal.family,
            "state": state(signal),
            "kind": signal.kind,
            "needs": sorted(signal.needs),
            "atlas": signal.atlas,
            "looks_for": (signal.__doc__ or "").strip().partition("\n")[0],
        }
        for signal in SIGNALS
    ]
    if as_json:
        print_json(rows)
        return
    cells = [[r["code"], r["name"], r["family"], r["state"], r["looks_for"], ", ".join(r["needs"])] for r in rows]
    terminal.console().print(terminal.listing(["code", "name", "family", "state", "looks for", "needs"], cells))


@app.command()
def formats(as_json: AsJson = False) -> None:
    """List the log formats that can be read."""
    from stillwatch.console import terminal
    from stillwatch.sources import FORMATS

    rows = [{"name": source.name, "description": source.description} for source in FORMATS]
    if as_json:
        print_json(rows)
    else:
        terminal.console().print(terminal.listing(["name", "what it is"], [list(row.values()) for row in rows]))
