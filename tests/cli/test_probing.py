from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow.parquet as pq
import pytest

Capture = pytest.CaptureFixture[str]
Run = Callable[..., int]
KEY = "sk-of-the-cli-0123456789"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """Address of a model on this machine, and the keys that it was sent. It echoes key and prompt, and is coloured."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    keys: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            keys.append(self.headers.get("authorization", ""))
            known = body["model"] != "gone"
            text = "" if body["model"] == "mute" else f"\x1b[31m{keys[-1]} {body['messages'][-1]['content']}"
            told = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]} if known else {"error": text}
            raw = json.dumps(told).encode()
            self.send_response(200 if known else 404)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", keys
        server.shutdown()
        thread.join()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.csv"
    path.write_text("prompt\nWhy?\nHow?\n")
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_bytes(b"\x01\x02" * 16)
    return path


def test_a_set_is_written_and_its_hash_told(tmp_path: Path, secret: Path, capsys: Capture, run: Run) -> None:
    out = tmp_path / "probes.jsonl"
    arguments = ("provenance", "probes", "--out", out, "--secret-file", secret, "--stratum", "code")
    assert run(*arguments, "--per-stratum", 4, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert told["strata"] == {"code": {"published": 4, "secret": 4}}
    halves = [json.loads(line)["half"] for line in out.read_text().splitlines()]
    assert halves == ["published"] * 4 + ["secret"] * 4
    before = out.read_bytes()
    assert run(*arguments, "--per-stratum", 4) == 0
    assert told["sha256"] in capsys.readouterr().out
    assert out.read_bytes() == before


def test_the_whole_set_has_six_hundred_probes(tmp_path: Path, secret: Path, capsys: Capture, run: Run) -> None:
    out = tmp_path / "probes.jsonl"
    assert run("provenance", "probes", "--out", out, "--secret-file", secret, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["count"], told["questions"]) == (600, 780)
    assert run("provenance", "probes", "--out", out) == 0
    assert "Published half only" in capsys.readouterr().out


def test_a_dry_run_asks_nothing(
    tmp_path: Path, model: tuple[str, list[str]], questions: Path, capsys: Capture, run: Run
) -> None:
    url, keys = model
    out = tmp_path / "out.parquet"
    arguments = (
        "provenance", "probe", "--target", f"a={url}#m", "--target", f"b={url}#n", "--probes", questions, "--out", out,
        "--price", "a=1,2", "--questions", "b=1", "--dry-run",
    )  # fmt: skip
    assert run(*arguments, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["target"], one["to_ask"], one["cost"] is None) for one in told] == [("a", 2, False), ("b", 1, True)]
    assert run(*arguments) == 0
    text = capsys.readouterr().out
    assert "Nothing was asked" in text
    assert "Price unknown: b" in text
    assert keys == []
    assert [path.name for path in tmp_path.iterdir()] == ["questions.csv"]


def test_answers_are_kept_and_a_key_shows_nowhere(
    tmp_path: Path, model: tuple[str, list[str]], questions: Path, capsys: Capture, run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    url, keys = model
    monkeypatch.setenv("STILLWATCH_KEY_A", KEY)
    out = tmp_path / "out.parquet"
    arguments = (
        "provenance", "probe", "--target", f"a={url}#m", "--probes", questions, "--out", out, "--per-minute", 1e6,
    )  # fmt: skip
    assert run(*arguments, "--json") == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert (told["rows"], told["targets"][0]["answered"], told["targets"][0]["closed"]) == (2, 2, None)
    assert keys == [f"Bearer {KEY}"] * 2
    rows = pq.read_table(out).to_pylist()
    assert [row["output"] for row in rows] == ["\x1b[31mBearer [key removed] Why?", "\x1b[31mBearer [key removed] How?"]
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KEY not in said.out + said.err + written.decode("latin-1")
    assert run(*arguments) == 0
    text = capsys.readouterr().out
    assert told["sha256"] in text
    assert len(keys) == 2


@pytest.fixture
def ask(tmp_path: Path, model: tuple[str, list[str]], questions: Path, run: Run) -> Callable[..., int]:
    """`ask("a#m", "b#n")` probes these names and models of the local server into `out.parquet`; the exit status."""
    url, _ = model

    def asked(*targets: str) -> int:
        named = [part for one in targets for part in ("--target", one.replace("#", f"={url}#"))]
        out = tmp_path / "out.parquet"
        return run("provenance", "probe", *named, "--probes", questions, "--out", out, "--per-minute", 1e6)

    return asked


def test_a_target_that_did_not_finish_is_an_error_that_names_it(
    tmp_path: Path, capsys: Capture, ask: Callable[..., int]
) -> None:
    assert ask("a#m", "b#gone") == 1
    said = capsys.readouterr()
    assert "1 of 2 targets did not finish. b: HTTP 404" in said.err
    assert "\x1b" not in said.out + said.err
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 2


def test_empty_answers_are_explained(capsys: Capture, ask: Callable[..., int]) -> None:
    assert ask("a#mute", "b#m") == 0
    said = capsys.readouterr().out
    assert "a: 2 answers are empty" in said and "--max-tokens" in said
    assert "b: " not in said


@pytest.mark.parametrize(
    ("arguments", "status", "match"),
    [
        ((), 2, "no target"),
        (("--target", "a=https://u:hunter2@h.example#m"), 2, "no key or password"),
        (("--target", "a=https://h.example#m", "--key-env", "a=hunter2-hunter2"), 2, "--key-env a"),
        (("--target", "a=https://h.example#m", "--key-env", "a=UNSET_OF_STILLWATCH"), 2, "UNSET_OF_STILLWATCH"),
        (("--target", "a=https://h.example#m", "--max-cost", "3"), 2, "--price a=IN,OUT"),
        (("--target", "a=https://h.example#m", "--questions", "a=few"), 2, "--questions a: write NAME=N"),
        (("--target", "a=https://h.example#m", "--questions", "b=50"), 2, "no target of that name"),
        (("--targets", "none.toml"), 4, "no such file of targets"),
        (("--target", "a=https://h.example#m", "--probes", "none.csv"), 4, "no such probe set"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_asked(
    tmp_path: Path, capsys: Capture, run: Run, arguments: tuple[str, ...], status: int, match: str
) -> None:
    assert run("provenance", "probe", "--out", tmp_path / "out.parquet", *arguments) == status
    said = capsys.readouterr()
    assert match in said.err
    assert "hunter2" not in said.err + said.out
    assert list(tmp_path.iterdir()) == []
