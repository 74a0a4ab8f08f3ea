from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.probing.journal import VERSION, Entry, Journal, Run
from stillwatch.provenance.probing.plan import asked_so_far, estimate, still_to_ask
from stillwatch.provenance.probing.published import standard
from stillwatch.provenance.probing.questions import Probe, ProbeSet
from stillwatch.provenance.probing.targets import Price, parse_target

A = parse_target("a=https://h.example#m", per_minute=4.0, price=Price(tokens_in=1e6, tokens_out=1e6))
B = parse_target("b=https://h.example#m", tokens_per_minute=50.0)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    with Journal(tmp_path / "j") as journal:
        identities = {"a": A.identity, "b": B.identity}
        journal.begin(Run(version=VERSION, probes="six", sha256="s", targets=identities))
        facts = {"output": "x", "asked_at": "", "latency": 0.0, "status": "answered"}
        journal.add(Entry(target="a", prompt_id="p1", sample=0, attempts=3, **facts))
        journal.add(Entry(target="b", prompt_id="r", sample=1, **facts))
    return journal


def test_first_samples_come_first_and_what_is_kept_is_left_out(probes: ProbeSet, journal: Journal) -> None:
    whole = still_to_ask(A, probes, None, ())
    assert len(whole) == 8
    assert [sample for _, sample in whole] == [0] * 6 + [1, 2]
    missing = still_to_ask(A, probes, None, journal.answered)
    assert {(probe.prompt_id, sample) for probe, sample in whole} - {(p.prompt_id, s) for p, s in missing} == {
        ("p1", 0)
    }
    assert len(still_to_ask(A, probes, 1, ())) == 6
    assert len(still_to_ask(A, probes, 5, ())) == 10


def test_a_run_that_ends_early_has_seen_every_stratum() -> None:
    first = [probe.stratum for probe, _ in still_to_ask(A, standard(), None, ())[:60]]
    assert len(set(first)) >= 8


def test_a_target_that_is_asked_less_gets_the_first_of_what_all_others_get(probes: ProbeSet, journal: Journal) -> None:
    whole = still_to_ask(A, probes, None, ())
    for count in (1, 5, 100):
        few = msgspec.structs.replace(A, questions=count)
        assert still_to_ask(few, probes, None, ()) == whole[:count]
        missing = still_to_ask(few, probes, None, journal.answered)
        assert missing == [one for one in whole[:count] if one[0].prompt_id != "p1"], "what is kept counts"
        (planned,) = estimate([few], probes, journal, samples=None)
        assert (planned.questions, planned.to_ask) == (min(count, 8), len(missing))


def test_requests_are_counted_for_the_model_behind_the_names(journal: Journal) -> None:
    assert asked_so_far([A, B], journal) == {(A.url, "m"): 4}
    assert (
        asked_so_far([parse_target("c=https://i.example#m")], journal)[(parse_target("c=https://i.example#m").url, "m")]
        == 0
    )


def test_questions_cost_and_time(probes: ProbeSet, journal: Journal) -> None:
    a, b = estimate([A, B], probes, journal, samples=None)
    assert (a.questions, a.kept, a.to_ask, a.tokens_out) == (8, 1, 7, 3500)
    assert a.cost == pytest.approx(a.tokens_in + a.tokens_out)
    assert a.cost is not None
    assert a.most_cost is not None
    assert a.most_cost > a.cost
    assert a.minutes == pytest.approx(7 / 4)
    assert (b.cost, b.most_cost) == (None, None)
    assert b.minutes == pytest.approx((b.tokens_in + b.tokens_out) / 50)


def test_the_cap_counts_all_names_of_a_model_and_what_was_asked(journal: Journal) -> None:
    many = ProbeSet(
        name="many",
        probes=tuple(Probe(prompt_id=str(n), stratum="s", half="own", prompt=str(n)) for n in range(2499)),
    )
    assert sum(e.to_ask for e in estimate([A, B], many, Journal(journal.path.with_name("none")), samples=None)) == 4998
    with pytest.raises(BadSettings, match=r"target b: 5,002 questions.*no model is asked more than 5,000"):
        estimate([A, B], many, journal, samples=None)
