from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from stillwatch.errors import BadSettings, StillwatchError
from stillwatch.provenance.probing.journal import journal_path
from stillwatch.provenance.probing.prober import Probing, plan, probe
from stillwatch.provenance.probing.questions import ProbeSet
from stillwatch.provenance.probing.targets import Decoding, Price, Target, parse_target

Go = Callable[..., Probing]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.parquet"


@pytest.fixture
def go(probes: ProbeSet, out: Path, hours: Any, key: str) -> Go:
    def ask(*targets: Target, **more: Any) -> Probing:
        environment = {"STILLWATCH_KEY_A": key, "STILLWATCH_KEY_C": key}
        settings = {"environment": environment, "clock": hours.clock, "seconds": 5.0} | more
        return probe(targets, settings.pop("probes", probes), out, **settings)

    return ask


def aim(name: str, server: Any, **more: Any) -> Target:
    scheme = "anthropic+" if name == "c" else ""
    return parse_target(f"{name}={scheme}{server.url}#m-{name}", **more)


def claude(text: str, told: Any) -> Any:
    usage = {"input_tokens": 5, "output_tokens": 6}
    return told({"content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "usage": usage})


def test_both_protocols_are_asked_everything(
    go: Go, server: Any, out: Path, told: Any, say_chat: Any, key: str
) -> None:
    server.behave = lambda a, n: claude("C", told) if a.path.endswith("/messages") else say_chat(a.prompt)
    done = go(aim("a", server), aim("c", server))
    assert [(one.target, one.answered, one.missing, one.closed) for one in done.targets] == [
        ("a", 8, 0, None), ("c", 8, 0, None)
    ]  # fmt: skip
    rows = pq.read_table(out).to_pylist()
    assert done.rows == len(rows) == 16
    assert {row["output"] for row in rows if row["model"] == "c"} == {"C"}
    assert all(row["output"] == row["prompt"] for row in rows if row["model"] == "a")
    assert Counter(row["prompt_id"] for row in rows)["r"] == 6
    sent = {asked.path: asked.headers for asked in server.asked}
    assert sent["/v1/messages"]["x-api-key"] == key
    assert "authorization" not in sent["/v1/messages"]
    assert key.encode() not in out.read_bytes() + journal_path(out).read_bytes()


def test_a_run_that_broke_off_goes_on_where_it_was(go: Go, server: Any, out: Path, told: Any, say_chat: Any) -> None:
    target = aim("a", server, concurrency=1)
    server.behave = lambda asked, number: say_chat("first") if number <= 5 else told({}, status=401)
    broken = go(target)
    assert (broken.targets[0].answered, broken.targets[0].missing) == (5, 3)
    assert "not accepted" in str(broken.targets[0].closed)
    assert pq.read_table(out).num_rows == 5
    server.behave = lambda asked, number: say_chat("second")
    before = len(server.asked)
    whole = go(target)
    assert len(server.asked) - before == 3
    assert (whole.targets[0].answered, whole.targets[0].closed) == (8, None)
    assert Counter(pq.read_table(out)["output"].to_pylist()) == {"first": 5, "second": 3}
    again = go(target)
    assert len(server.asked) - before == 3
    assert again.rows == 8


def test_answers_of_targets_that_are_not_named_again_stay(go: Go, server: Any, out: Path) -> None:
    go(aim("a", server, decoding=Decoding(temperature=0.5), extra={"top_k": 3}))
    before = pq.read_table(out).to_pylist()
    done = go(aim("b", server))
    assert [one.target for one in done.targets] == ["b"]
    rows = pq.read_table(out).to_pylist()
    assert done.rows == len(rows) == 16
    assert [row for row in rows if row["model"] == "a"] == before


def test_a_place_that_cannot_be_written_is_told_before_anything_is_asked(
    server: Any, probes: ProbeSet, tmp_path: Path
) -> None:
    with pytest.raises(BadSettings, match="is a folder"):
        probe([aim("a", server)], probes, tmp_path, environment={})
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(StillwatchError, match=r"cannot be written .* choose another --out"):
        probe([aim("a", server)], probes, file / "out.parquet", environment={})
    assert server.asked == []
    assert list(tmp_path.iterdir()) == [file]


def test_a_killed_run_leaves_its_answers(
    go: Go, server: Any, out: Path, monkeypatch: pytest.MonkeyPatch, probes: ProbeSet
) -> None:
    target = aim("a", server, concurrency=1)

    def stop(what: str, share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="5 answers are kept; run the same command again"):
        go(target, progress=stop)
    assert not out.exists()
    with journal_path(out).open("ab") as journal:
        journal.write(b'{"kind":"answer","target":"a","prom')  # the power went off in the middle of a line
    assert plan([target], probes, out)[0].to_ask == 3
    before = len(server.asked)
    assert go(target).targets[0].answered == 8
    assert len(server.asked) - before == 3


def test_one_dead_target_does_not_stop_the_rest(go: Go, serve: Callable[[], Any]) -> None:
    alive, dead = serve(), serve()
    dead.close()
    dead.close = lambda: None
    done = go(aim("b", dead), aim("d", alive))
    assert "cannot connect" in str(done.targets[0].closed)
    assert (done.targets[1].answered, done.targets[1].closed) == (8, None)


def test_failures_are_kept_apart_and_asked_again(go: Go, server: Any, out: Path, told: Any, say_chat: Any) -> None:
    server.behave = lambda a, n: told({"error": {}}, status=400) if a.prompt == "Question 2?" else say_chat(a.prompt)
    done = go(aim("a", server))
    assert (done.targets[0].answered, done.targets[0].error, done.targets[0].closed) == (7, 1, None)
    lost = [row for row in pq.read_table(out).to_pylist() if row["status"] == "error"]
    assert [(row["prompt_id"], row["output"], row["error"]) for row in lost] == [("p2", None, "HTTP 400")]
    server.behave = lambda asked, number: say_chat("now")
    assert go(aim("a", server)).targets[0].answered == 8


def test_another_set_or_decoding_is_refused_before_anything_is_asked(go: Go, server: Any, probes: ProbeSet) -> None:
    go(aim("a", server))
    before = len(server.asked)
    with pytest.raises(BadSettings, match="another probe set"):
        go(aim("a", server), probes=ProbeSet(name="other", probes=probes.probes[:3]))
    with pytest.raises(BadSettings, match="other decoding settings"):
        go(aim("a", server, decoding=Decoding(temperature=0.1)))
    assert len(server.asked) == before


def test_a_cost_cap_stops_before_it_is_exceeded(go: Go, server: Any) -> None:
    # 7 tokens an answer at 1 each; one answer may come to 20.
    target = aim("a", server, price=Price(tokens_in=0.0, tokens_out=1e6), decoding=Decoding(max_tokens=20))
    done = go(target, max_cost=40.0)
    assert done.spent == 21.0
    assert (done.targets[0].answered, done.targets[0].missing) == (3, 5)
    assert "--max-cost" in str(done.targets[0].closed)
    assert go(target, max_cost=40.0).targets[0].answered == 3  # what was spent before counts
    assert go(target, max_cost=80.0).targets[0].answered == 8


def test_rate_limits_are_kept(go: Go, server: Any, hours: Any) -> None:
    begin = hours.seconds
    go(aim("a", server, per_minute=6.0, concurrency=1))
    assert hours.seconds - begin == pytest.approx(70, abs=1)  # eight requests, ten seconds apart


def test_the_cap_is_checked_before_anything_is_asked(go: Go, server: Any, probes: ProbeSet, out: Path) -> None:
    many = ProbeSet(name="m", probes=tuple(
        type(probes.probes[0])(prompt_id=str(n), stratum="s", half="own", prompt=str(n), repeat=100) for n in range(51)
    ))  # fmt: skip
    with pytest.raises(BadSettings, match="no model is asked more than 5,000"):
        go(aim("a", server), probes=many)
    with pytest.raises(BadSettings, match="no model is asked more than 5,000"):
        plan([aim("a", server)], many, out)
    assert server.asked == []


def test_progress_is_told(go: Go, server: Any) -> None:
    told: list[tuple[str, float]] = []
    go(aim("a", server), progress=lambda what, share: told.append((what, share)))
    assert len(told) == 8
    assert told[-1] == ("asking a", 1.0)


def test_a_fault_in_writing_ends_the_run_as_itself(go: Go, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stillwatch.provenance.probing.journal.Journal.add", full)
    with pytest.raises(OSError, match="No space"):
        go(aim("a", server))
