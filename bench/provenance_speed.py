"""Wall time and memory of `stillwatch provenance screen` on 100 models, 800 prompts and 10 teachers."""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from provenance_figures import Figures
from provenance_rows import Data

MODELS, PROMPTS, TEACHERS = 100, 800, 10
BENCHMARK = "alpaca_eval"


def speed(data: Data) -> Figures:
    """The command as a user starts it, in a process of its own, on real answers. There are fewer models than asked for,
    so some appear twice, their answers moved on by one question: the same work, another model."""
    corpus, lineage = data.outputs.only(BENCHMARK), data.lineage
    texts = {(m, p): at for at, (m, p) in enumerate(zip(corpus.model_of, corpus.prompt_of, strict=True))}
    kinds = {name: lineage.rows[BENCHMARK, name] for name in corpus.models}
    native = [name for name in corpus.models if kinds[name][2] == "native"]
    asked = {p.teacher for p in data.of(BENCHMARK)}
    teachers = [*sorted(asked), *(n for n in native if n not in asked)][:TEACHERS]
    names = [*corpus.models, *(f"{name} again" for name in corpus.models)][:MODELS]
    rows = [
        (BENCHMARK, corpus.prompts[prompt], corpus.prompt_texts[prompt], name, texts[model, told])
        for place, name in enumerate(names)
        for prompt in range(PROMPTS)
        for model, told in [(place % len(corpus.models), (prompt + place // len(corpus.models)) % PROMPTS)]
        if (model, told) in texts
    ]
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        columns = [pa.array([row[at] for row in rows]) for at in range(4)]
        columns.append(corpus.texts.take(np.array([row[4] for row in rows])))
        pq.write_table(
            pa.table(columns, names=["benchmark", "prompt_id", "prompt", "model", "output"]), here / "outputs.parquet"
        )
        pairs = [(BENCHMARK, name, teacher) for name in names for teacher in teachers if name != teacher]
        with (here / "pairs.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("benchmark", "suspect", "teacher"), *pairs])
        with (here / "models.csv").open("w", encoding="utf-8", newline="") as file:
            known = [(name, *kinds[name.removesuffix(" again")]) for name in names]
            csv.writer(file).writerows([("model", "family", "provider", "kind"), *known])
        command = [
            Path(sys.executable).parent / "stillwatch", "provenance", "screen", here / "outputs.parquet", "--pairs",
            here / "pairs.csv", "--lineage", here / "models.csv", "--out", here / "results.parquet", "--json",
        ]  # fmt: skip
        load, began = os.getloadavg()[0], time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - began
        judged = pq.read_metadata(here / "results.parquet").num_rows
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "models": len(names), "prompts": PROMPTS, "teachers": len(teachers), "pairs": len(pairs), "judged": judged,
        "answers": len(rows), "screen_seconds": round(seconds, 1), "peak_gib": round(peak / 2**20, 2),
        "cores": os.cpu_count(), "load_before": round(load, 2),
    }  # fmt: skip
