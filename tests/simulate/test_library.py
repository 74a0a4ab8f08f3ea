from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.simulate import simulate
from stillwatch.simulate.draft import Draft
from stillwatch.simulate.library import Library
from stillwatch.simulate.population import populate
from stillwatch.simulate.voices import MIXTURES


def _names(library: Library, mixture: str) -> set[str]:
    return {library.texts[int(library.start[shelf])].as_py().split()[0] for shelf in library.shelves(mixture)}


def test_shelves_fit_what_is_asked_by_task_not_by_name(shelf_folder: Path) -> None:
    library = Library(shelf_folder)
    assert _names(library, "hydra") == {"alpha"}
    assert _names(library, "generation") == {"gamma"}
    assert _names(library, "household") == {"delta", "epsilon"}
    assert _names(library, "batch") == {"eta"}
    assert _names(library, "suite-maths") == {"zeta"}
    # No source fits: any of the label.
    assert _names(library, "grading") == {"alpha", "beta", "gamma"}
    assert library.shelves("assignment") == []


def test_a_pool_holds_each_row_once_and_shuffled(shelf_folder: Path) -> None:
    library = Library(shelf_folder)
    pool = library.pool("hydra", np.random.default_rng(1))
    assert len(set(pool.tolist())) == len(pool) == 400
    assert not (np.diff(pool) == 1).all()


def test_each_account_keeps_to_one_shelf_and_suites_share_a_stretch(
    shelf_folder: Path, make_draft: Callable[..., Draft]
) -> None:
    library = Library(shelf_folder)
    draft = make_draft(1)
    populate(draft)
    roster = draft.finish()
    library.assign(roster, draft.days)
    rows = roster.behaviour
    shelved = rows["shelf"] >= 0
    assert shelved.mean() > 0.8
    start, size = library.start[rows["shelf"][shelved]], library.size[rows["shelf"][shelved]]
    assert (rows["shelf_start"][shelved] >= start).all()
    assert (rows["shelf_start"][shelved] + rows["shelf_size"][shelved] <= start + size).all()
    runners = (rows["mixture"] == list(MIXTURES).index("suite-choice")) & shelved
    assert runners.sum() >= 2
    assert len(set(rows["shelf_start"][runners])) == 1


def test_json_lines_and_missing_columns_are_read(tmp_path: Path) -> None:
    lines = [{"text": "one"}, {"text": "  "}, {"text": None}, {"text": "two \U0001f600"}]
    (tmp_path / "benign.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    library = Library(tmp_path)
    assert library.texts.to_pylist() == ["one", "two \U0001f600"]
    assert len(library.shelves("household")) == 1
    assert library.shelves("hydra") == []


def test_bad_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(NothingToRead, match=r"distillation\.parquet"):
        Library(tmp_path)
    pq.write_table(pa.table({"words": ["a"]}), tmp_path / "benign.parquet")
    with pytest.raises(BadInput, match="no column 'text'"):
        Library(tmp_path)
    (tmp_path / "benign.parquet").write_bytes(b"not parquet")
    with pytest.raises(BadInput, match=r"benign\.parquet"):
        Library(tmp_path)


def test_a_world_of_real_prompts_has_them(shelf_folder: Path, tmp_path: Path) -> None:
    made = simulate(tmp_path / "w", scenario="hydra", accounts=600, days=1, prompts=shelf_folder)
    table = pq.read_table(made.path / "exchanges", columns=["account_id", "prompt"])
    truth = pq.read_table(made.truth_path / "accounts.parquet")
    rows = table.join(truth, "account_id").to_pylist()
    ring = [row["prompt"] for row in rows if row["campaign"]]
    assert all("alpha asks number" in prompt for prompt in ring)
    assert any(prompt.startswith("alpha") for prompt in ring)
    assert not any("alpha" in row["prompt"] for row in rows if row["role"] == "household")


def test_the_shared_prompts_make_a_world(tmp_path: Path) -> None:
    folder = Path(__file__).parents[3] / "shared" / "data" / "prompts"
    if not folder.is_dir():
        pytest.skip("../shared/data/prompts is not beside this repository")
    made = simulate(tmp_path / "w", scenario="grading", accounts=600, days=1, prompts=folder)
    assert made.campaigns[0].exchanges > 100
