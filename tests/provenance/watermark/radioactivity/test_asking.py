from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadSettings, NothingToRead
from stillwatch.provenance.watermark.radioactivity.asking import Asking, is_address, sample_answers
from stillwatch.provenance.watermark.text.reading import read_texts


class Model:
    """Answers each question with its number; some with nothing."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.silent = False


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def address(model: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            model.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            silent = model.silent or "silence" in model.asked[-1]["messages"][0]["content"]
            message = {"role": "assistant", "content": "" if silent else f"answer {len(model.asked)}"}
            body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1#student"
        server.shutdown()
        thread.join()


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in ("one?", "two?", "silence?")))
    return path


def test_answers_are_kept_and_read_as_texts(address: str, model: Model, prompts: Path, tmp_path: Path) -> None:
    asking = Asking(prompts=prompts, samples=2, temperature=1.0, per_minute=10_000)
    sampled = sample_answers(address, asking, tmp_path / "case")
    path = sampled.path
    assert len(model.asked) == 6
    assert sampled.missing == 2
    assert {one["temperature"] for one in model.asked} == {1.0}
    table = pq.read_table(path)
    assert sorted(table["prompt"].to_pylist()) == ["one?", "one?", "two?", "two?"]
    assert all(len(digest) == 64 for digest in table["sha256"].to_pylist())
    assert (tmp_path / "case" / "suspect.parquet.journal").is_file()

    class Words:
        def encode(self, texts: list[str]) -> list[Any]:
            lengths = [len(text.split()) for text in texts]
            return [(np.arange(n, dtype=np.int32), np.zeros((n, 2), np.int32)) for n in lengths]

    read = read_texts([path], Words())  # type: ignore[arg-type]
    assert read.texts.written == 8
    assert read.texts.prompts.tolist() == [1] * 4


def test_nothing_is_asked_twice(address: str, model: Model, prompts: Path, tmp_path: Path) -> None:
    asking = Asking(prompts=prompts, per_minute=10_000)
    first = sample_answers(address, asking, tmp_path / "case").path.read_bytes()
    before = len(model.asked)
    assert sample_answers(address, asking, tmp_path / "case").path.read_bytes() == first
    assert len(model.asked) == before


def test_a_suspect_that_says_nothing(address: str, model: Model, prompts: Path, tmp_path: Path) -> None:
    model.silent = True
    with pytest.raises(NothingToRead, match="answered nothing"):
        sample_answers(address, Asking(prompts=prompts, per_minute=10_000), tmp_path / "case")


def test_what_the_money_bought_is_what_there_is(address: str, model: Model, prompts: Path, tmp_path: Path) -> None:
    asking = Asking(prompts=prompts, price=(1.0, 1.0), max_cost=0.0024, per_minute=10_000, concurrency=1)
    sampled = sample_answers(address, asking, tmp_path / "case")
    said = sum("silence" not in question["messages"][0]["content"] for question in model.asked)
    assert len(model.asked) == 2
    assert sampled.missing == 3 - said


def test_cost_needs_a_price(address: str, model: Model, prompts: Path, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="needs every price"):
        sample_answers(address, Asking(prompts=prompts, max_cost=1.0), tmp_path / "case")
    assert model.asked == []


def test_what_an_address_is() -> None:
    assert is_address("https://api.example.com/v1#gpt")
    assert is_address("anthropic+https://api.example.com#claude")
    assert not is_address("answers.jsonl")
    assert not is_address("/models/a#b://c")
