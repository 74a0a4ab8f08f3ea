import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.engines import DuckDBEngine
from stillwatch.links.principals import MINIMUM_STRATUM, build_principals, fold_strata, number_principals


def rows(owners: list[str | None]) -> pa.Table:
    size = len(owners)
    keys = [(i * 7_919) << 15 for i in range(size)]
    return pa.table(
        {"account_key": keys, "owner": pa.array(owners, pa.string()), "plan": ["free"] * size, "country": ["de"] * size}
    )


def test_accounts_of_one_owner_are_one_principal_and_others_stay_apart() -> None:
    table = number_principals(rows(["acme", None, "acme", None, "beta"]))
    principal = table["principal"].to_pylist()
    assert principal[0] == principal[2]
    assert len(set(principal)) == 4
    assert sorted(set(principal)) == [0, 1, 2, 3]


@given(st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=1, max_size=60), st.randoms())
@settings(deadline=None, max_examples=40)
def test_numbering_does_not_depend_on_the_order_of_rows(owners: list[str | None], random) -> None:  # type: ignore[no-untyped-def]
    table = rows(owners)
    order = list(range(len(owners)))
    random.shuffle(order)
    assert number_principals(table.take(order)).equals(number_principals(table))


def test_a_principal_lies_in_one_half_and_one_stratum() -> None:
    table = number_principals(rows(["a", "b"] * 50 + [None] * 300))
    seen: dict[int, tuple[int, int]] = {}
    for principal, half, stratum in zip(*(table[c].to_pylist() for c in ("principal", "half", "stratum")), strict=True):
        assert seen.setdefault(principal, (half, stratum)) == (half, stratum)
    assert 0.35 < np.mean([half for half, _ in seen.values()]) < 0.65


def test_small_strata_fold_into_the_coarser_level() -> None:
    fine = np.array([0] * MINIMUM_STRATUM + [1] * 5 + [2] * 5)
    coarse = np.array([0] * (MINIMUM_STRATUM + 10))
    stratum = fold_strata([fine, coarse])
    assert len(set(stratum[:MINIMUM_STRATUM])) == 1
    assert len(set(stratum[MINIMUM_STRATUM:])) == 1
    assert stratum[0] != stratum[-1]


def test_too_few_for_any_stratum_share_one() -> None:
    assert set(fold_strata([np.arange(10), np.arange(10) // 5])) == {0}


def test_the_account_table_wins_over_the_log(engine: DuckDBEngine) -> None:
    engine.register(
        "account_totals",
        pa.table({"account_key": [1, 2, 3], "org_id": pa.array([None, "x", None]), "country": ["de", "de", None]}),
    )
    engine.register(
        "accounts",
        pa.table(
            {
                "account_key": [1, 3],
                "org_id": ["y", "y"],
                "plan": ["free", None],
                "billing_country": pa.array([None, "fr"]),
            }
        ),
    )
    assert build_principals(engine) == 3
    found = dict(
        engine.fetch("SELECT account_key, principal FROM principals").to_pylist()[i].values() for i in range(3)
    )
    assert found[1] == found[3] != found[2]
