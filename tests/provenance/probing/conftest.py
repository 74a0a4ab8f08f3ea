"""A model's server on this machine, as kind or as hostile as a test wants, and a clock that nobody waits for."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from stillwatch.provenance.probing.pace import Clock
from stillwatch.provenance.probing.questions import Probe, ProbeSet

KEY = "sk-test-0123456789abcdef"


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        return str(self.body["messages"][-1]["content"])


@dataclass
class Told:
    """What a server sends. `drop` closes the connection instead; `drip` never ends the body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    drip: bool = False


def chat(text: str | None, **more: Any) -> Told:
    """An OpenAI-compatible answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"} | more
    usage = {"prompt_tokens": 11, "completion_tokens": 7}
    return Told({"id": "x", "model": "m-2026", "system_fingerprint": "fp_1", "choices": [choice], "usage": usage})


class Server:
    """Answers with `behave(asked, number of the request from 1)`; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.behave: Callable[[Asked, int], Told] = lambda asked, number: chat(f"Answer to {asked.prompt}")
        self._lock = threading.Lock()
        self._over = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                with owner._lock:
                    owner.asked.append(asked)
                    told = owner.behave(asked, len(owner.asked))
                with contextlib.suppress(OSError):
                    owner._tell(self, told)

            def log_message(self, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def _tell(self, handler: BaseHTTPRequestHandler, told: Told) -> None:
        if told.drop:
            return
        raw = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        handler.send_response(told.status)
        for name, value in told.headers.items():
            handler.send_header(name, value)
        if not told.drip:
            handler.send_header("content-length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)
        handler.wfile.flush()
        while told.drip and not self._over.wait(0.005):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    def close(self) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Server]]:
    """`serve()` starts a server; proxies of this machine are left out of it."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    started: list[Server] = []

    def start() -> Server:
        started.append(Server())
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def server(serve: Callable[[], Server]) -> Server:
    return serve()


class Hours:
    """A clock whose seconds pass only when somebody sleeps; `slept` lists for how long."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []
        self.clock = Clock(now=lambda: self.seconds, moment=self.moment, sleep=self.sleep)

    def moment(self) -> datetime:
        return datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def probes() -> ProbeSet:
    """Six probes, one of them to be asked three times."""
    kept = [Probe(prompt_id=f"p{n}", stratum="neutral", half="own", prompt=f"Question {n}?") for n in range(5)]
    kept.append(Probe(prompt_id="r", stratum="repeats", half="own", prompt="Again?", repeat=3))
    return ProbeSet(name="six", probes=tuple(kept))


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def told() -> type[Told]:
    return Told


@pytest.fixture
def say_chat() -> Callable[..., Told]:
    return chat
