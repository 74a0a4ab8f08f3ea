"""OUTPUTS as users have them: odd types, nulls, repeats, broken bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadInput, NothingToRead
from stillwatch.provenance.fingerprint.outputs import BEGINNING, read_outputs

Write = Callable[..., Path]


def row(model: str = "m", prompt: str = "p", output: str | None = "hello there", **more: Any) -> dict[str, Any]:
    return {"benchmark": "b", "prompt_id": prompt, "prompt": "x", "model": model, "output": output} | more


def broken(data: bytes) -> pa.Array:
    """Text by its type, and not UTF-8."""
    return pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, len(data)], np.int32)), pa.py_buffer(data)]
    )


def test_answers_are_numbered_by_sorted_names(parquet: Write) -> None:
    rows = [row("z", "q2", "one"), row("é", "q1", "two"), row("a", "q2", "three"), row("z", "q1", "four")]
    corpus = read_outputs(parquet(rows)).only("b")
    assert corpus.models == ("a", "z", "é")
    assert corpus.prompts == ("q1", "q2")
    told = [
        (corpus.models[m], corpus.prompts[p], text)
        for m, p, text in zip(corpus.model_of, corpus.prompt_of, corpus.texts.to_pylist(), strict=True)
    ]
    assert sorted(told) == sorted((r["model"], r["prompt_id"], r["output"]) for r in rows)
    assert corpus.answered().tolist() == [[False, True], [True, True], [True, False]]


def test_each_benchmark_is_its_own(parquet: Write) -> None:
    outputs = read_outputs(parquet([row(), row("n", benchmark="c", prompt="q")]))
    assert {name: corpus.models for name, corpus in outputs.corpora.items()} == {"b": ("m",), "c": ("n",)}
    with pytest.raises(BadInput, match=r"2 benchmarks \(b, c\)"):
        outputs.only(None)
    with pytest.raises(BadInput, match="no benchmark 'd'"):
        outputs.only("d")
    assert read_outputs(parquet([row()])).only(None).benchmark == "b"


def test_the_first_of_two_answers_counts(parquet: Write) -> None:
    outputs = read_outputs(parquet([row(output="first"), row(output="second"), row("n")]))
    assert outputs.only("b").texts.to_pylist() == ["first", "hello there"]
    assert outputs.left_out == {"answered before (same model and prompt)": 1}


def test_the_lowest_sample_counts(parquet: Write) -> None:
    rows = [row(output="third", sample=2), row(output="first", sample=0), row(output="second", sample=1)]
    assert read_outputs(parquet(rows)).only("b").texts.to_pylist() == ["first"]


@pytest.mark.parametrize("sample", [{}, {"sample": 0}, {"sample": "0"}])
def test_the_first_file_counts_whatever_the_samples(parquet: Write, sample: dict[str, Any]) -> None:
    own = parquet([row(output="own", sample=1)], "own.parquet")
    reference = parquet([row(output="theirs", **sample), row("n", output="control", **sample)], "reference.parquet")
    assert read_outputs(own, reference).only("b").texts.to_pylist() == ["own", "control"]


def test_rows_that_are_no_answer_are_left_out_and_counted(parquet: Write) -> None:
    rows = [row("a", status="answered"), row("b", status="error"), row("c", status="refused"), row("d", status=None),
            row("e", status="truncated"), row("f", output="  \n "), row("g", output=None),
            row("h", output="<|im_end|></s>[/INST]")]  # fmt: skip
    outputs = read_outputs(parquet(rows))
    assert outputs.only("b").models == ("a", "c", "d", "e")
    assert outputs.left_out == {"no answer (status)": 1, "empty answer": 3}


def test_a_reference_without_status_is_all_answers(parquet: Write) -> None:
    own = parquet([row("a", status="error"), row("b", status="answered")], "own.parquet")
    assert read_outputs(own, parquet([row("c")], "reference.parquet")).only("b").models == ("b", "c")


@pytest.mark.parametrize(
    "rows", [[], [row(status="error")], [row(output="")], [row(output=None)]], ids=["none", "error", "empty", "null"]
)
def test_nothing_to_read(parquet: Write, rows: list[dict[str, Any]]) -> None:
    schema = None if rows else pa.schema([(name, pa.string()) for name in row()])
    with pytest.raises(NothingToRead, match=r"outputs\.parquet: no answer"):
        read_outputs(parquet(rows, schema=schema))


def test_missing_columns_are_named(parquet: Write) -> None:
    with pytest.raises(BadInput, match="lacks the columns model, output"):
        read_outputs(parquet([{"benchmark": "b", "prompt_id": "p", "prompt": "x"}]))


@pytest.mark.parametrize("name", ["benchmark", "prompt_id", "model"])
def test_a_row_without_a_name_is_told_by_its_number(parquet: Write, name: str) -> None:
    with pytest.raises(BadInput, match=f"row 2 has no {name}"):
        read_outputs(parquet([row(), row() | {name: None}]))


def test_numbers_are_taken_as_names(parquet: Write) -> None:
    corpus = read_outputs(parquet([row() | {"prompt_id": 3, "model": 7}])).only("b")
    assert (corpus.models, corpus.prompts) == (("7",), ("3",))


def test_dictionaries_are_read(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([row("a"), row("b"), row("a", "q")])
    pq.write_table(table.set_column(3, "model", table["model"].dictionary_encode()), tmp_path / "d.parquet")
    assert read_outputs(tmp_path / "d.parquet").only("b").models == ("a", "b")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("output", ["text"], "must be text"), ("output", {"a": 1}, "must be text"), ("sample", [1], "whole numbers"),
     ("sample", "first", "whole numbers"), ("status", ["answered"], "must be text")],
)  # fmt: skip
def test_odd_types_are_refused(parquet: Write, column: str, value: Any, said: str) -> None:
    with pytest.raises(BadInput, match=f"column {column} is .* {said}"):
        read_outputs(parquet([row() | {column: value}]))


@pytest.mark.parametrize("column", ["output", "model", "prompt"])
@pytest.mark.parametrize("data", [b"\xe3", b"a\xe3b", b"\xff\xfe", b"abc \xed\xa0\x80"])
def test_broken_bytes_never_reach_the_signals(tmp_path: Path, column: str, data: bytes) -> None:
    table = pa.Table.from_pylist([row()])
    pq.write_table(
        table.set_column(table.column_names.index(column), column, broken(data)), tmp_path / "broken.parquet"
    )
    with pytest.raises(BadInput, match=f"column {column} holds bytes that are not UTF-8"):
        read_outputs(tmp_path / "broken.parquet")


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("benchmark,model")
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        read_outputs(tmp_path / "text.parquet")
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        read_outputs(tmp_path)
    with pytest.raises(NothingToRead, match="no such file"):
        read_outputs(tmp_path / "gone.parquet")


def test_errors_hold_no_text_of_a_prompt(parquet: Write) -> None:
    with pytest.raises(BadInput) as raised:
        read_outputs(parquet([row(prompt="p", output="a secret answer"), row() | {"model": None}]))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ("<think>\nFirst, the user wants it.\n</think>\n\nIt is 4.", "It is 4."),
        ("Okay, I need to add.\n\nSo 4.\n</think>\n\nIt is 4.", "It is 4."),  # the template kept the opening mark
        (" <thinking>so</thinking>It is 4.", "It is 4."),
        ("<think></think>It is 4, not </think>.", "It is 4, not </think>."),
        ("I think <think> is a tag. It is 4.", "I think <think> is a tag. It is 4."),
    ],
)
def test_reasoning_that_a_gateway_left_in_is_no_answer(parquet: Write, output: str, answer: str) -> None:
    rows = [row(output=output), row(model="other", output="It is 5.")]
    corpus = read_outputs(parquet(rows)).only("b")
    assert corpus.texts.to_pylist()[corpus.model_of.tolist().index(corpus.model("m"))] == answer


def test_reasoning_that_never_ended_is_no_answer_at_all(parquet: Write) -> None:
    read = read_outputs(parquet([row(output="<think>\nHm, but then"), row(model="other", output="It is 5.")]))
    assert read.only("b").models == ("other",)
    assert read.left_out == {"empty answer": 1}


def test_typography_and_templates_are_made_plain(parquet: Write) -> None:
    corpus = read_outputs(parquet([row(output="<|im_start|>“It’s”—fine… 好。<|im_end|>\n")])).only("b")
    assert corpus.texts.to_pylist() == ['"It\'s"-fine... 好.']


def test_beginnings_are_cut_by_characters(parquet: Write) -> None:
    corpus = read_outputs(parquet([row(output="é" * (BEGINNING + 50)), row("n", output="short")])).only("b")
    assert corpus.beginnings().to_pylist() == ["é" * BEGINNING, "short"]
    assert len(corpus.texts[0].as_py()) == BEGINNING + 50


def test_restricted_keeps_models_and_renumbers_questions(parquet: Write) -> None:
    rows = [row(m, p, f"{m} {p}") for m in "ab" for p in "xyz"]
    corpus = read_outputs(parquet(rows[:-1])).only("b")
    part = corpus.restricted(np.array([False, True, True]))
    assert (part.models, part.prompts, part.prompt_texts) == (("a", "b"), ("y", "z"), ("x", "x"))
    told = {
        f"{part.models[m]} {part.prompts[p]}": text
        for m, p, text in zip(part.model_of, part.prompt_of, part.texts.to_pylist(), strict=True)
    }
    assert told == {name: name for name in ("a y", "a z", "b y")}


def test_an_unknown_model_is_named_with_those_known(parquet: Write) -> None:
    corpus = read_outputs(parquet([row(f"m{number:02d}") for number in range(20)])).only("b")
    assert corpus.model("m03") == 3
    with pytest.raises(BadInput, match=r"no answer by 'x'.*m00.* and 8 more"):
        corpus.model("x")
