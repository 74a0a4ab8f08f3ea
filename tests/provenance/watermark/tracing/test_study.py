from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from stillwatch.errors import BadSettings
from stillwatch.marks import CommitmentCheck, Ledger, RivalStory
from stillwatch.provenance.watermark.radioactivity.expected import Evidence
from stillwatch.provenance.watermark.schemes import Kgw
from stillwatch.provenance.watermark.text.candidates import Candidate
from stillwatch.provenance.watermark.tracing.cohorts import Cohorts
from stillwatch.provenance.watermark.tracing.gathering import Gathered
from stillwatch.provenance.watermark.tracing.study import Case, study
from stillwatch.provenance.watermark.tracing.trace import Suspicion

RING = Cohorts.of(("ring", f"account-{n:04}") for n in range(40, 48))


def anscombe(seen: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(seen + 3 / 8) - np.sqrt(expected + 3 / 8)


def case_of(world, evidence: Evidence, **more: object) -> Case:  # type: ignore[no-untyped-def]
    suspicion = Suspicion(evidence.pairs, evidence.seen, evidence.expected, anscombe)
    gathered = Gathered("model.gguf", "closed", evidence.tokens, "anscombe", suspicion, {"suspect_sha256": "ab"})
    keys = [Candidate(name, key) for name, key in zip(world.names, world.keys, strict=True)]
    return Case(**{"gathered": gathered, "scheme": Kgw(width=1), "keys": keys, "decoys": 200, **more})  # type: ignore[arg-type]


def test_one_leaking_account_with_its_books(world) -> None:  # type: ignore[no-untyped-def]
    books = {"account-0017": Ledger(account="account-0017", cohort="", exchanges=28, campaign="c-1")}
    case = study(case_of(world, world.student({17: 0.5}), books=books, strength=2.0))
    assert (case.kind, case.verdict, case.access) == ("trace", "marked", "closed")
    accused = [key for key in case.keys if key.accused]
    assert [key.account for key in accused] == ["account-0017"]
    assert accused[0].rank == 1 and accused[0].share == pytest.approx(0.5, abs=0.08)
    assert accused[0].share_low is not None and accused[0].share_low > 0.4 and "of the data" in accused[0].text
    assert "account account-0017 is in model.gguf (adjusted p < 1e-12 or less, 1,000 keys tested)" in case.sentence
    assert "1 in 1,000 such tests" in case.sentence and "not who bought it" in case.sentence
    assert [row.campaign for row in case.ledger] == ["c-1"]
    assert {"the mark was imitated (spoofed)", "the key leaked"} < {rival.name for rival in case.rivals}
    assert case.provenance["suspect_sha256"] == "ab" and case.provenance["keys tested"] == "1000"
    assert len(case.keys) == 1000


def test_a_cohort_that_is_found_as_one_names_its_accounts_in_the_ledger_only(world) -> None:  # type: ignore[no-untyped-def]
    case = study(case_of(world, world.student(dict.fromkeys(range(40, 48), 0.012)), cohorts=RING))
    whole = case.keys[0]
    assert (whole.level, whole.cohort, whole.key_id, whole.accused) == ("cohort", "ring", "8 keys as one", True)
    assert case.verdict == "marked" and "cohort ring, tested as one" in case.sentence.lower()
    assert [row.account for row in case.ledger][:1] != [] and all(row.cohort == "ring" for row in case.ledger)
    alone = {key.account for key in case.keys if key.accused}
    assert all(("not found by itself" in row.text) == (row.account not in alone) for row in case.ledger)
    assert case.provenance["cohorts_sha256"] == RING.sha256
    assert any("Half of the level" in text for text in case.limits)


def test_nothing_found_is_no_sign_of_innocence(world) -> None:  # type: ignore[no-untyped-def]
    case = study(case_of(world, world.student({}, seed=7)))
    assert case.verdict == "not shown" and "no sign of innocence" in case.sentence
    assert case.rivals == () and case.ledger == () and not any(key.accused for key in case.keys)
    assert any("would be found in half of such cases" in text for text in case.would_change)


def test_a_leaked_key_is_shown_and_accuses_nobody(world) -> None:  # type: ignore[no-untyped-def]
    asked = case_of(world, world.student({17: 0.5}))
    keys = list(asked.keys)
    keys[17] = replace(keys[17], counts=False, note="Leaked, recorded on 2026-10-01.")
    case = study(replace(asked, keys=keys))
    leaked = next(key for key in case.keys if key.account == "account-0017")
    assert case.verdict == "not shown" and not leaked.accused and leaked.log10_p_adjusted is None
    assert leaked.z is not None and leaked.z > 20 and "Leaked" in leaked.text
    with pytest.raises(BadSettings, match="no key that can be evidence"):
        study(replace(asked, keys=[keys[17]]))


def test_keys_that_meet_are_refused(world) -> None:  # type: ignore[no-untyped-def]
    asked = case_of(world, world.student({}, tokens=2000))
    keys = [asked.keys[0], replace(asked.keys[1], key=asked.keys[0].key)]
    with pytest.raises(BadSettings, match="share"):
        study(replace(asked, keys=keys))


@pytest.mark.parametrize("what", ["commitment", "decoys"])
def test_abstains_where_commitment_or_decoys_fail(world, what: str) -> None:  # type: ignore[no-untyped-def]
    asked = case_of(world, world.student({17: 0.5}))
    if what == "commitment":
        broken = CommitmentCheck(root="00", committed_at="2026", keys=3, holds=False, text="Another register.")
        case = study(replace(asked, commitment=broken))
        assert "Another register." in case.sentence
    else:
        nothing = replace(asked.gathered.suspicion, pairs=world.pairs.take(np.zeros(0, np.int64)), seen=np.zeros(0),
                          expected=np.zeros(0))  # fmt: skip
        case = study(replace(asked, gathered=replace(asked.gathered, suspicion=nothing)))
        assert "no pair to score" in case.sentence
    assert case.verdict == "abstains" and not any(key.accused for key in case.keys) and case.rivals == ()


def test_the_spoofing_test_is_asked_of_the_strongest_accused_key(world) -> None:  # type: ignore[no-untyped-def]
    asked: list[list[bytes]] = []

    def told(keys: object) -> RivalStory:
        asked.append(list(keys))  # type: ignore[call-overload]
        return RivalStory(name="the mark was imitated (spoofed)", standing="unlikely", text="Tested.")

    evidence = world.student({3: 0.2, 17: 0.5})
    case = study(case_of(world, evidence), spoofing=told)
    assert asked == [[world.keys[17], world.keys[3]]]
    assert next(r for r in case.rivals if "spoofed" in r.name).text == "Tested."
    study(case_of(world, world.student({}, seed=7)), spoofing=told)
    assert len(asked) == 1
