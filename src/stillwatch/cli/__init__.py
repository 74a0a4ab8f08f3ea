"""The command `stillwatch`: each command parses, calls the library and shows what came back; nothing more.

Heavy modules are imported inside the commands, so that `--version` and `--help` answer at once.
"""

from stillwatch.cli import (
    histories,
    listings,
    logs,
    measuring,
    probing,
    provenance_models,
    watching,
    watermark_canaries,
    watermark_commitments,
    watermark_detect,
    watermark_embed,
    watermark_experiment,
    watermark_keys,
    watermark_radioactivity,
    watermark_trace,
    whose,
    worlds,
)
from stillwatch.cli.app import app
from stillwatch.cli.ending import main

__all__ = [
    "app",
    "histories",
    "listings",
    "logs",
    "main",
    "measuring",
    "probing",
    "provenance_models",
    "watching",
    "watermark_canaries",
    "watermark_commitments",
    "watermark_detect",
    "watermark_embed",
    "watermark_experiment",
    "watermark_keys",
    "watermark_radioactivity",
    "watermark_trace",
    "whose",
    "worlds",
]
