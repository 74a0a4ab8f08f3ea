import math
from collections.abc import Callable

import numpy as np

from stillwatch.links.owners import LARGE_OWNER, find_owners

Make = Callable[..., object]
NOBODY = np.array([], dtype=np.int64)


def world(ask: Make, person: Make, *, size: int, **columns: object) -> tuple[list[object], list[object]]:
    """Two hundred strangers on networks of their own, and `size` accounts that have `columns` in common."""
    rows = [ask(1000 + n, n / 100, ip_network=5000 + n) for n in range(200)]
    people = [person(1000 + n, email_domain=f"host{n % 40}.test") for n in range(200)]
    rows += [ask(n, n / 100, ip_network=1) for n in range(size)]
    people += [person(n, **columns) for n in range(size)]
    return rows, people


def test_a_large_billing_owner_is_a_group(lake: Make, ask: Make, person: Make) -> None:
    (owner,) = find_owners(lake(*world(ask, person, size=LARGE_OWNER, org_id="acme")), NOBODY)  # type: ignore[arg-type]
    assert (owner.name, owner.claimed, owner.log_p) == ("acme", False, -math.inf)
    assert len(owner.account_keys) == LARGE_OWNER
    assert owner.shared == ("network",)


def test_a_small_owner_needs_a_contract_or_a_loud_account(lake: Make, ask: Make, person: Make) -> None:
    rows, people = world(ask, person, size=4, org_id="acme")
    assert find_owners(lake(rows, people), NOBODY) == []  # type: ignore[arg-type]
    assert len(find_owners(lake(rows, people), np.array([2]))) == 1  # type: ignore[arg-type]
    contract = [{"org_id": "acme", "kind": "enterprise"}]
    assert len(find_owners(lake(rows, people, [], contract), NOBODY)) == 1  # type: ignore[arg-type]


def test_a_claimed_host_counts_only_with_a_common_door(lake: Make, ask: Make, person: Make) -> None:
    rows, people = world(ask, person, size=30, email_domain="works.test")
    (owner,) = find_owners(lake(rows, people), NOBODY)  # type: ignore[arg-type]
    assert owner.claimed and owner.name == "@works.test" and owner.log_p < math.log(1e-6)
    scattered = [row if row["account_key"] >= 1000 else row | {"ip_network": 9000 + row["account_key"]} for row in rows]
    assert find_owners(lake(scattered, people), NOBODY) == []  # type: ignore[arg-type]


def test_a_popular_host_behind_a_popular_door_is_nobody(lake: Make, ask: Make, person: Make) -> None:
    rows, people = world(ask, person, size=30, email_domain="works.test")
    rows = [row | {"ip_network": 1} for row in rows]
    assert find_owners(lake(rows, people), NOBODY) == []  # type: ignore[arg-type]


def test_the_log_itself_may_name_the_owner(lake: Make, ask: Make) -> None:
    rows = [ask(n, n / 10, org_id="acme") for n in range(25)] + [ask(100 + n, n / 10) for n in range(50)]
    (owner,) = find_owners(lake(rows), NOBODY)  # type: ignore[arg-type]
    assert owner.name == "acme" and len(owner.account_keys) == 25
