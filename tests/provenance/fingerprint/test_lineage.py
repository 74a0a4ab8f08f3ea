"""MODELS: who made what, declared or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.fingerprint.lineage import CONTROL_KINDS, KINDS, Lineage, read_lineage

Write = Callable[..., Path]


def row(model: str, kind: str = "native", **more: Any) -> dict[str, Any]:
    return {"model": model, "family": f"{model} family", "provider": f"{model} works", "kind": kind} | more


@pytest.mark.parametrize("kind", KINDS)
def test_only_declared_kinds_are_controls(comma_separated: Write, kind: str) -> None:
    lineage = read_lineage(comma_separated([row("a", kind.upper())], "models.csv"))
    standing = lineage.standing("b", ["a"])
    assert standing.control[0] == (kind in CONTROL_KINDS)
    assert standing.rival[0] == (kind == "native")


def test_a_control_named_as_teacher_is_a_rival(comma_separated: Write) -> None:
    lineage = read_lineage(comma_separated([row("a", "human"), row("c", "student")], "models.csv"))
    assert lineage.standing("b", ["a", "c"], teachers=["a", "c"]).rival.tolist() == [True, False]


def test_a_benchmark_of_its_own_goes_before(comma_separated: Write) -> None:
    rows = [row("a", benchmark=""), row("a", "student", benchmark="b")]
    lineage = read_lineage(comma_separated(rows, "models.csv"))
    assert lineage.standing("b", ["a"]).control.tolist() == [False]
    assert lineage.standing("c", ["a"]).control.tolist() == [True]


def test_undeclared_models_are_their_own_family_and_no_control(comma_separated: Write) -> None:
    lineage = read_lineage(comma_separated([row("a"), row("empty") | {"family": "", "provider": " "}], "models.csv"))
    standing = lineage.standing("b", ["a", "x", "y", "empty"])
    assert standing.families.tolist() == ["a family", "x", "y", "empty"]
    assert standing.providers.tolist() == ["a works", "(x)", "(y)", "(empty)"]
    assert standing.control.tolist() == [True, False, False, True]


def test_without_a_file_all_but_suspects_are_controls() -> None:
    lineage = read_lineage(None)
    standing = lineage.standing("b", ["a", "s", "t"], suspects=["s"])
    assert not lineage.declared
    assert standing.control.tolist() == standing.rival.tolist() == [True, False, True]
    assert len(np.unique(standing.families)) == len(np.unique(standing.providers)) == 3


def test_suspects_keep_what_was_declared_of_them() -> None:
    lineage = Lineage({("", "s"): ("f", "p", "native")})
    assert lineage.standing("b", ["s"], suspects=["s"]).control.tolist() == [True]


def test_labels_are_not_read(comma_separated: Write) -> None:
    rows = [row("a"), row("s", "unknown")]
    poisoned = [r | {"label": "distilled", "teachers": "a", "relation": "sft", "kinds": "native"} for r in rows]
    assert read_lineage(comma_separated(rows, "models.csv")) == read_lineage(comma_separated(poisoned, "poisoned.csv"))


def test_a_file_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes(
        '\ufeffmodel,family,provider,kind\r\n" a ","f, g",p,Native\r\nshort,f\r\n'.encode()
    )
    assert read_lineage(tmp_path / "m.csv").rows == {("", "a"): ("f, g", "p", "native"), ("", "short"): ("f", "", "")}
    (tmp_path / "m.csv").write_text("Model;Family;Provider;Kind\na;f, g;p;native\n", encoding="utf-8")
    assert read_lineage(tmp_path / "m.csv").rows == {("", "a"): ("f, g", "p", "native")}


@pytest.mark.parametrize(
    ("text", "said"),
    [("model,kind\na,native\n", "has no column family"), ("", "has no column model"),
     ("model,family,provider,kind\n ,f,p,native\n", "line 2: no model"),
     ("model,family,provider,kind\na,f,p,native\nb,f,p,guilty\n", "line 3: kind is none of native, human")],
)  # fmt: skip
def test_bad_lines_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "m.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_lineage(tmp_path / "m.csv")


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes(b"model,family,provider,kind\n\xff\xfe,f,p,native\n")
    with pytest.raises(BadInput, match="not UTF-8 text"):
        read_lineage(tmp_path / "m.csv")
    with pytest.raises(BadInput, match="cannot be read"):
        read_lineage(tmp_path)
    with pytest.raises(NothingToRead, match="no such file"):
        read_lineage(tmp_path / "gone.csv")


def test_an_innocent_is_a_control_of_neither_side() -> None:
    standing = Lineage(
        {("", "s"): ("f1", "p1", "native"), ("", "kin"): ("f1", "p2", "native"), ("", "t"): ("f3", "p3", "native"),
         ("", "sibling"): ("f4", "p3", "human"), ("", "other"): ("f5", "p5", "human"), ("", "pupil"): ("f6", "p6", "")}
    ).standing("", ["s", "kin", "t", "sibling", "other", "pupil"])  # fmt: skip
    assert standing.innocent(0, 2).tolist() == [False, False, False, False, True, False]
