"""How good detection is, measured and written down: `stillwatch bench detect`, and its tables into docs/benchmark.md.

    python bench/detect.py                                  # quiet, find and time
    python bench/detect.py --case budget                    # 200 months without a campaign
    python bench/detect.py --case hydra --prompts FOLDER --out /tmp/real    # real prompts instead of made ones
    python bench/detect.py --case time --seeds 3 --show     # what is there, without writing into docs

Results go into bench/results/detect: worlds.jsonl (one line a world; what is there is kept), summary.json and
benchmark.html. The tables under "Results" in docs/benchmark.md are written from all worlds in that folder.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from stillwatch.bench import detect
from stillwatch.bench.page import Table
from stillwatch.bench.run import read_worlds
from stillwatch.config import Settings

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "detect"
PAGE = ROOT / "docs" / "benchmark.md"
HEADING = "Results"


def markdown(folder: Path, tables: list[Table]) -> str:
    """All tables of a folder's worlds."""
    worlds = read_worlds(folder)
    place = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    lines = [
        f"{len(worlds)} worlds in `{place}`; every one of them stands with its seed in `benchmark.html` there.",
    ]
    for title, remark, head, rows in tables:
        lines += ["", f"### {title}", "", remark, "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def fill(page: Path, text: str) -> None:
    """Replace what stands under the heading, to the next heading or the end."""
    head, _, tail = page.read_text(encoding="utf-8").partition(f"## {HEADING}\n")
    _, more, rest = tail.partition("\n## ")
    page.write_text(f"{head}## {HEADING}\n\n{text}\n{more}{rest}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--show", action="store_true", help="print the tables and leave docs alone")
    given = parser.parse_args()
    began = time.monotonic()

    def told(name: str, share: float) -> None:
        print(f"{time.monotonic() - began:7.0f} s  {share:4.0%}  {name}", flush=True)

    done = detect(
        tuple(given.case), given.out, worlds=given.seeds, accounts=given.accounts, prompts=given.prompts,
        settings=Settings(threads=given.threads), progress=told,
    )  # fmt: skip
    text = markdown(given.out, done.tables)
    if given.show or given.out != RESULTS:
        print(text)
    else:
        fill(PAGE, text)


if __name__ == "__main__":
    main()
