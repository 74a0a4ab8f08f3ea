"""Make src/stillwatch/sketches/seeds.bin from public seed sets: hashes of some runs of words, and no text.

    python bench/fingerprint_seeds.py FOLDER

FOLDER holds clones of the repositories in `SETS`, named owner+name (a bare clone in owner+name/repo will do). Prints
the rows of the table in docs/signals/known-seed-sets.md. What was sent to a teacher counts: instructions, questions and
their inputs, not answers. Test splits are left out: whoever evaluates a model sends those.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stillwatch.sketches.seeds import make_fingerprints

OUT = Path(__file__).parent.parent / "src" / "stillwatch" / "sketches" / "seeds.bin"
# set, repository, licence of the data as its publisher states it, files
SETS = (
    ("Self-Instruct seeds", "yizhongw/self-instruct", "Apache-2.0", ("data/seed_tasks.jsonl",)),
    ("Alpaca", "gpt4life/alpagasus", "CC BY-NC 4.0", ("data/random/random_9k.json", "data/filtered/claude_t45.json")),
    ("Code Alpaca", "sahil280114/codealpaca", "CC BY-NC 4.0", ("data/new_codealpaca.json", "data/code_alpaca_2k.json")),
    ("GSM8K train", "openai/grade-school-math", "MIT", ("grade_school_math/data/train.jsonl",)),
    ("GPTeacher", "teknium1/GPTeacher", "MIT", (
        "Toolformer/toolformer-dedupe-only-dataset.json", "Codegen/codegen-instruct.json",
        "Roleplay/roleplay-simple-deduped-roleplay-instruct.json",
    )),
)  # fmt: skip


def git(repository: Path, *arguments: str) -> bytes:
    folder = repository / "repo" if (repository / "repo").is_dir() else repository
    return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True).stdout  # noqa: S607


def rows(text: str) -> Iterator[dict[str, Any]]:
    yield from json.loads(text) if text.lstrip()[:1] == "[" else map(json.loads, filter(None, text.splitlines()))


def prompt(row: dict[str, Any]) -> str:
    asked = row.get("instruction") or row.get("question") or row.get("prompt") or ""
    given = row.get("input") or next((case.get("input", "") for case in row.get("instances", ())), "")
    return f"{asked}\n{given}".strip()


def main() -> None:
    folder = Path(sys.argv[1])
    every: list[str] = []
    for name, repository, licence, files in SETS:
        clone = folder / repository.replace("/", "+")
        commit = git(clone, "rev-parse", "HEAD").decode().strip()
        found = [prompt(row) for file in files for row in rows(git(clone, "show", f"HEAD:{file}").decode())]
        every += found
        print(f"| {name} | `{repository}` at `{commit[:10]}`: {', '.join(files)} | {licence} | {len(found):,} |")
    packed = make_fingerprints(every)
    OUT.write_bytes(packed)
    print(f"{packed.index(0):,} seeds kept of {len(every):,} rows; {len(packed):,} bytes")


if __name__ == "__main__":
    main()
