from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stillwatch.schema import CONTRACTS
from stillwatch.signals.contract_terms import ContractTerms
from stillwatch.signals.measure import keep_partials
from stillwatch.testing import check_signal

SIGNAL = ContractTerms()


@pytest.mark.parametrize("case", ["fires", "quiet", "blind"])
def test_cases(case: str, judge_case: Any, verdict: Any) -> None:
    expected, judgement = judge_case(SIGNAL, case)
    assert expected == case
    assert verdict(judgement) == expected, judgement.text


def test_keeps_the_contract() -> None:
    check_signal(SIGNAL)


def found(engine: Any) -> dict[int, tuple[int, int]]:
    assert keep_partials(engine, SIGNAL)
    rows = engine.fetch(f"SELECT account_key, trials, hits FROM {SIGNAL.table}").to_pylist()
    return {row["account_key"]: (row["trials"], row["hits"]) for row in rows}


def test_it_never_weighs() -> None:
    assert SIGNAL.supporting


def test_countries_of_all_contracts_of_an_owner_are_allowed(world: Any) -> None:
    rows = [{"account": 1, "country": country, "org_id": "o"} for country in ("BR", "US", "DE")]
    rows += [{"account": 2, "country": "DE", "org_id": "p"}]
    contracts = [
        {"org_id": "o", "kind": "enterprise", "allowed_countries": ["BR", None]},
        {"org_id": "o", "kind": "research", "allowed_countries": ["US"]},
        {"org_id": "p", "kind": "enterprise", "allowed_countries": None},
    ]
    with world(rows, {}, without=["accounts.programme"]) as engine:
        engine.register("contracts", pa.Table.from_pylist(contracts, schema=CONTRACTS.arrow))
        assert found(engine) == {1: (3, 1)}


def test_a_programme_does_not_resell_or_serve_twenty_end_users(world: Any) -> None:
    rows = [{"account": 1, "country": "BR", "end_user_id": f"u{number}"} for number in range(20)]
    rows += [{"account": 2, "country": "BR", "end_user_id": f"u{number}"} for number in range(19)]
    rows += [{"account": 3, "country": "BR", "channel": "reseller:one"}, {"account": 4, "country": "BR"}]
    people = {account: {"programme": "education"} for account in (1, 2, 3)} | {4: {"programme": None}}
    with world(rows, {}, people=people) as engine:
        assert found(engine) == {1: (20, 20), 2: (19, 0), 3: (1, 1)}


def test_without_terms_there_is_nothing_to_measure(world: Any) -> None:
    with world([{"account": 1, "country": "BR"}], {}, without=["accounts.programme"]) as engine:
        assert not SIGNAL.prepare(engine)
