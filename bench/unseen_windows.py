"""Windows of prompts of one source, and what is measured on them: the input of unseen.py.

A window is fed to the system as one account, so that the figures are those of the shipped SQL over shipped columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.engines import DuckDBEngine
from stillwatch.signals.harvest_text import FEATURES, HarvestText, feature_sql
from stillwatch.sketches import sketch

Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]

LABELS = ("distillation", "benign", "hard_negative")
TYPING = ("lower_start", "non_ascii")  # never used by the signal: measured to show what it does without
OTHERS = (
    "asks_grading", "extraction", "coding", "chat", "languages", "topics", "openings", "top_template", "median_size",
)  # fmt: skip
KIN = {  # sources that share prompts, seeds or makers are held out together
    "alpaca": ("alpaca_instructions", "gpt4llm_alpaca", "alpaca_generation_meta", "codealpaca_instructions",
               "codealpaca_generation_meta", "evol_instruct_meta", "pandalm_grading"),
    "gsm8k": ("metamath_backward", "metamath_augment_meta", "zeroshot_cot_gsm8k", "gsm8k_eval_harness"),
    "gpteacher": ("gpteacher_roleplay", "gpteacher_toolformer"),
    "templates": ("agent_system_prompts", "fabric_patterns", "langchain_templates"),
}  # fmt: skip
_FAMILY = {source: family for family, sources in KIN.items() for source in sources}


@dataclass(frozen=True, slots=True)
class Windows:
    """One row a window: its source, family of sources, label and columns of numbers."""

    source: Names
    family: Names
    label: Names
    columns: dict[str, Floats]

    def matrix(self, names: tuple[str, ...]) -> Floats:
        return np.stack([self.columns[name] for name in names], axis=1)


def read_prompts(folder: Path) -> pa.Table:
    """text, source, label of every Parquet file of the folder: the layout of shared/data/prompts."""
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise SystemExit(f"{folder}: no *.parquet; give the folder of prompts (columns text, source, label)")
    return pa.concat_tables([pq.ParquetFile(file).read(columns=["text", "source", "label"]) for file in files])


def single_templates(prompts: pa.Table, least: int) -> pa.Table:
    """The honest prompts once more, each skeleton with `least` prompts or more as a source of its own."""
    honest = prompts.filter(pc.not_equal(prompts.column("label"), "distillation"))
    skeleton = _sketched(honest).column("skeleton")
    keyed = honest.append_column("skeleton", skeleton).filter(pc.is_valid(skeleton))
    counts = keyed.group_by(["source", "skeleton"]).aggregate([("text", "count")])
    counts = counts.filter(pc.greater_equal(counts.column("text_count"), least))
    kept = keyed.join(counts, ["source", "skeleton"], join_type="inner")
    kept = kept.sort_by([("source", "ascending"), ("skeleton", "ascending"), ("text", "ascending")])
    parts = [kept.column(name).cast(pa.large_string()) for name in ("source", "skeleton")]
    name = pc.binary_join_element_wise(*parts, pa.scalar("#", pa.large_string()))
    return pa.table({"text": kept.column("text"), "source": name, "label": kept.column("label")})


def with_cover(prompts: pa.Table, share: float, seed: int) -> pa.Table:
    """The distillation sources, with this share of their prompts replaced by prompts of benign sources at random."""
    attack = prompts.filter(pc.equal(prompts.column("label"), "distillation"))
    human = prompts.filter(pc.equal(prompts.column("label"), "benign")).column("text")
    random = np.random.default_rng(seed)
    replaced = pa.array(random.random(attack.num_rows) < share)
    other = human.take(pa.array(random.integers(0, len(human), attack.num_rows)))
    text = pc.if_else(replaced, other.combine_chunks(), attack.column("text").combine_chunks())
    return pa.table({"text": text, "source": attack.column("source"), "label": attack.column("label")})


def measure(prompts: pa.Table, size: int, most: int, seeds: list[int]) -> Windows:
    """Windows of `size` prompts, disjoint within a seed, at most `most` a source and seed.

    A source with fewer prompts gives one window of all it has.
    """
    source = np.array(prompts.column("source").to_pylist(), object)
    label = np.array(prompts.column("label").to_pylist(), object)
    rows, window, names, labels = [], [], [], []
    for name in dict.fromkeys(source):
        own = np.flatnonzero(source == name)
        for seed in seeds:
            mixed = np.random.default_rng([seed, len(own)]).permutation(own)
            for first in range(0, min(max(len(own) // size, 1), most) * size, size):
                part = mixed[first : first + size]
                rows.append(part)
                window.append(np.full(len(part), len(names)))
                names.append(name)
                labels.append(label[part[0]])
    used, place = np.unique(np.concatenate(rows), return_inverse=True)
    taken = prompts.take(pa.array(used))
    lake = _sketched(taken).take(pa.array(place))
    key = np.concatenate(window).astype(np.int64)
    columns = _shipped(lake, key) | _others(lake, key) | _typing(taken.column("text"), place, key)
    family = np.array([_FAMILY.get(name, name) for name in names], object)
    return Windows(np.array(names, object), family, np.array(labels, object), columns)


def _sketched(prompts: pa.Table) -> pa.Table:
    rows = prompts.num_rows
    log = {
        "ts": pa.array(np.arange(rows) * 1_000_000, pa.timestamp("us", tz="UTC")),
        "exchange_id": pa.array([str(row) for row in range(rows)]),
        "account_id": prompts.column("source"),
        "prompt": prompts.column("text"),
        "turns": pa.array(np.ones(rows, np.int16)),
    }
    return sketch(pa.table(log), keep_text=False)


def _shipped(lake: pa.Table, key: npt.NDArray[np.int64]) -> dict[str, Floats]:
    """FEATURES of each window, by the signal's own queries."""
    signal, windows = HarvestText(), int(key[-1]) + 1
    log = lake.set_column(lake.schema.get_field_index("account_key"), "account_key", pa.array(key))
    units = {
        "unit_id": [f"{one:06d}" for one in range(windows)],
        "kind": ["account"] * windows,
        "account_key": np.arange(windows),
    }
    with DuckDBEngine(threads=1) as engine:
        engine.register("exchanges", log)
        engine.register("units", pa.table(units))
        engine.materialise(signal.table, signal.account_sql())
        found = engine.fetch(f"{feature_sql('units', signal.table)} ORDER BY unit_id")
    if found.num_rows != windows:
        raise SystemExit(f"{windows - found.num_rows} windows hold no prompt that can be measured")
    return {name: found.column(name).to_numpy().astype(np.float64) for name in FEATURES}


def _mean(values: Floats, key: npt.NDArray[np.int64]) -> Floats:
    return np.bincount(key, values) / np.bincount(key)


def _shares(column: pa.ChunkedArray, key: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """By window, of the values of a column: sum of squared shares, largest share, share of repeated ones."""
    counts = pa.table({"key": pa.array(key), "value": column}).group_by(["key", "value"]).aggregate([("key", "count")])
    counts = counts.filter(pc.is_valid(counts.column("value")))
    owner, times = (counts.column(name).to_numpy() for name in ("key", "key_count"))
    size = np.bincount(key)
    largest = np.zeros(len(size))
    np.maximum.at(largest, owner, times)
    squares = np.bincount(owner, times.astype(np.float64) ** 2, len(size))
    repeated = np.bincount(owner, np.where(times > 1, times, 0), len(size))
    return squares / size**2, largest / size, repeated / size


def _others(lake: pa.Table, key: npt.NDArray[np.int64]) -> dict[str, Floats]:
    """What else the lake holds of a prompt's words: the pool from which features are chosen again in every fold."""
    skill = np.array(lake.column("skill").to_pylist(), object)
    size = np.log1p(lake.column("prompt_chars").to_numpy().astype(np.float64))
    order = np.lexsort((size, key))
    middle = np.cumsum(np.bincount(key)) - np.bincount(key) + np.bincount(key) // 2
    return {
        "asks_grading": _mean(lake.column("asks_grading").to_numpy().astype(np.float64), key) / 1000,
        **{name: _mean((skill == name).astype(np.float64), key) for name in ("extraction", "coding", "chat")},
        "languages": -np.log(np.maximum(_shares(lake.column("language"), key)[0], 1e-6)),
        "topics": -np.log(np.maximum(_shares(lake.column("topic"), key)[0], 1e-6)),
        "openings": _shares(lake.column("opening"), key)[2],
        "top_template": _shares(lake.column("skeleton"), key)[1],
        "median_size": size[order][middle],
    }


def _typing(texts: pa.ChunkedArray, place: npt.NDArray[np.int64], key: npt.NDArray[np.int64]) -> dict[str, Floats]:
    lower = np.array([text[:1].islower() for text in texts.to_pylist()], np.float64)
    ascii_only = np.array([text.isascii() for text in texts.to_pylist()], np.float64)
    return {"lower_start": _mean(lower[place], key), "non_ascii": _mean(1 - ascii_only[place], key)}
