from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from stillwatch.campaigns.contracts import Contracts

Make = Callable[..., object]
START = datetime(2026, 3, 2, tzinfo=UTC)
ACME = {"org_id": "acme", "kind": "enterprise", "email_domain": "acme.test"}


def covers(facts: Make, engine: object, people: list[object], *contracts: dict[str, object], ask: Make):  # type: ignore[no-untyped-def]
    rows = [ask(n, n) for n in range(4)]
    found = facts(range(4), rows, people, [], list(contracts))
    return Contracts(engine).covers(found)  # type: ignore[arg-type]


def test_a_billing_owner_is_covered_by_its_share_of_exchanges(
    facts: Make, engine: object, ask: Make, person: Make
) -> None:
    people = [person(n, org_id="acme" if n < 3 else "other") for n in range(4)]
    (cover,) = covers(facts, engine, people, ACME, ask=ask)
    assert (cover.org_id, cover.kind, cover.lapsed) == ("acme", "enterprise", False)
    assert cover.share == pytest.approx(0.75) and cover.accounts == pytest.approx(0.75)


def test_a_verified_host_counts_and_an_unverified_claim_does_not(
    facts: Make, engine: object, ask: Make, person: Make
) -> None:
    people = [person(n, email_domain="ACME.test", verified=n < 2) for n in range(4)]
    (cover,) = covers(facts, engine, people, ACME, ask=ask)
    assert cover.accounts == pytest.approx(0.5)


def test_a_contract_that_ended_is_lapsed(facts: Make, engine: object, ask: Make, person: Make) -> None:
    people = [person(n, org_id="acme") for n in range(4)]
    ended = ACME | {"valid_to": START + timedelta(hours=2)}
    assert covers(facts, engine, people, ended, ask=ask)[0].lapsed
    late = ACME | {"valid_from": START + timedelta(hours=2)}
    assert covers(facts, engine, people, late, ask=ask)[0].lapsed


@pytest.mark.parametrize(
    ("periods", "lapsed"),
    [
        ([(None, 1.5), (1.5, None)], False),  # hours of the log, which the four exchanges span
        ([(2, 30), (-24, 1)], False),  # in any order; one ends in an hour and the next begins in the following one
        ([(-48, -20), (1, None)], False),  # ended with the day before, renewed with this one
        ([(-48, -30), (1, None)], True),
        ([(-48, 1), (26, None)], True),
        ([(-48, 0.5), (-40, 0.2)], True),
        ([(1, None)], True),
    ],
)
def test_a_renewed_contract_is_not_lapsed(
    facts: Make, engine: object, ask: Make, person: Make, periods: list[tuple[float | None, float | None]], lapsed: bool
) -> None:
    people = [person(n, org_id="acme") for n in range(4)]
    moments = [[None if hour is None else START + timedelta(hours=hour) for hour in period] for period in periods]
    rows = [ACME | {"valid_from": begins, "valid_to": ends} for begins, ends in moments]
    (cover,) = covers(facts, engine, people, *rows, ask=ask)
    assert cover.lapsed == lapsed
    assert cover.share == pytest.approx(1.0)


def test_without_a_match_nothing_covers(facts: Make, engine: object, ask: Make, person: Make) -> None:
    assert covers(facts, engine, [person(n) for n in range(4)], ACME, ask=ask) == []
