from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stillwatch.cli import app
from stillwatch.errors import BadInput, BadSettings, StillwatchError
from stillwatch.provenance.watermark.keys import KeyName, add_keys, change_state, new_master

NOW = datetime(2026, 11, 1, tzinfo=UTC)
GREEN, DRAWN = (
    KeyName(provider="us", scheme=scheme, epoch="e", cohort="c", account="alice")
    for scheme in ("kgw:gamma=0.25,width=1", "gumbel:width=2")
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("model")
    config = LlamaConfig(
        vocab_size=300, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1,
        initializer_range=0.3, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def command(tmp_path: Path, model: Path) -> list[str]:
    """`watermark embed` with everything but whose key."""
    new_master(tmp_path / "master")
    add_keys(tmp_path / "register", [GREEN, DRAWN], NOW)
    (tmp_path / "prompts.jsonl").write_text('{"prompt_tokens": [1, 2, 3], "id": "q"}\n' * 3)
    options = {
        "--model": model, "--prompts": tmp_path / "prompts.jsonl", "--master": f"file:{tmp_path / 'master'}",
        "--register": tmp_path / "register", "--out": tmp_path / "out.jsonl", "--max-tokens": 40,
    }  # fmt: skip
    return ["watermark", "embed", *(str(one) for pair in options.items() for one in pair)]


def test_what_it_writes_is_found_by_detect(command: list[str], tmp_path: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(app, [*command, "--account", "alice", "--scheme", DRAWN.scheme, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["answers"], told["marked_answers"], told["mark"]["key_id"]) == (3, 3, DRAWN.id)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sum(row["mark"]["marked"] for row in rows) == told["marked_tokens"] > 60
    assert {row["mark"]["epoch"] for row in rows} == {"e"}
    secret = (tmp_path / "master").read_text().strip()
    assert secret not in done.output + (tmp_path / "out.jsonl").read_text()
    found = runner.invoke(
        app,
        ["watermark", "detect", str(tmp_path / "out.jsonl"), "--master", f"file:{tmp_path / 'master'}",
         "--register", str(tmp_path / "register"), "--scheme", DRAWN.scheme, "--json"],
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["verdict"] == "marked"


def test_plain_answers_carry_no_record(command: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [*command, "--key", GREEN.id, "--plain-share", "1"])
    assert done.exit_code == 0, done.output
    assert "3 answers, 0 of them marked" in " ".join(done.stdout.split())
    assert all("mark" not in json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "--key ID or --account"),
        (["--key", GREEN.id, "--account", "alice"], "one of the two"),
        (["--account", "alice"], "2 keys"),
        (["--account", "mallory"], "no active key"),
        (["--key", "0" * 16], "no key"),
        (["--key", GREEN.id, "--scheme", "kgw:gamma=0.5,width=1"], "no key"),
        (["--key", GREEN.id, "--delta", "-1"], "between 0 and 50"),
    ],
)
def test_a_key_that_is_not_clear_is_asked_for(command: list[str], options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, [*command, *options])
    assert isinstance(done.exception, BadSettings)
    assert says in str(done.exception)


def test_a_retired_key_marks_no_more(command: list[str], tmp_path: Path) -> None:
    change_state(tmp_path / "register", [GREEN.id], "retired", NOW)
    done = CliRunner().invoke(app, [*command, "--key", GREEN.id])
    assert isinstance(done.exception, BadSettings)
    assert "retired" in str(done.exception)


def test_a_folder_that_holds_no_model_or_takes_no_file(command: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [*command, "--key", GREEN.id, "--model", str(tmp_path)])
    assert isinstance(done.exception, BadInput)
    done = CliRunner().invoke(app, [*command, "--key", GREEN.id, "--out", str(tmp_path)])
    assert isinstance(done.exception, StillwatchError)
    assert "another --out" in str(done.exception)
