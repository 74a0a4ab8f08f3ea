from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from stillwatch.campaigns.contracts import Contracts

Make = Callable[..., object]
START = datetime(2026, 3, 2, tzinfo=UTC)
ACME = {"org_id": "acme", "kind": "enterprise", "email_domain": "acme.test"}


def covers(facts: Make, engine: object, people: list[object], contract: dict[str, object], ask: Make):  # type: ignore[no-untyped-def]
    rows = [ask(n, n) for n in range(4)]
    found = facts(range(4), rows, people, [], [contract])
    return Contracts(engine).covers(found)  # type: ignore[arg-type]


def test_a_billing_owner_is_covered_by_its_share_of_exchanges(
    facts: Make, engine: object, ask: Make, person: Make
) -> None:
    people = [person(n, org_id="acme" if n < 3 else "other") for n in range(4)]
    (cover,) = covers(facts, engine, people, ACME, ask)
    assert (cover.org_id, cover.kind, cover.lapsed) == ("acme", "enterprise", False)
    assert cover.share == pytest.approx(0.75) and cover.accounts == pytest.approx(0.75)


def test_a_verified_host_counts_and_an_unverified_claim_does_not(
    facts: Make, engine: object, ask: Make, person: Make
) -> None:
    people = [person(n, email_domain="ACME.test", verified=n < 2) for n in range(4)]
    (cover,) = covers(facts, engine, people, ACME, ask)
    assert cover.accounts == pytest.approx(0.5)


def test_a_contract_that_ended_is_lapsed(facts: Make, engine: object, ask: Make, person: Make) -> None:
    people = [person(n, org_id="acme") for n in range(4)]
    ended = ACME | {"valid_to": START + timedelta(hours=2)}
    assert covers(facts, engine, people, ended, ask)[0].lapsed
    late = ACME | {"valid_from": START + timedelta(hours=2)}
    assert covers(facts, engine, people, late, ask)[0].lapsed


def test_without_a_match_nothing_covers(facts: Make, engine: object, ask: Make, person: Make) -> None:
    assert covers(facts, engine, [person(n) for n in range(4)], ACME, ask) == []
