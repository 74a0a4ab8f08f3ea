from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from stillwatch.schema import ACCOUNTS
from stillwatch.sketches import account_columns, sketch


def test_keys_join_the_lake(log: Callable[..., pa.Table], key: bytes) -> None:
    accounts = pa.table({"account_id": ["account-0", "account-1"], "signup_ip": ["192.0.2.1", None]})
    for secret in (None, key):
        lake = sketch(log(prompt=["a", "b"], ip=["192.0.2.77", "198.51.100.1"]), key=secret)
        made = account_columns(accounts, secret)
        assert made.column_names == [*ACCOUNTS.names, "account_key", "signup_network"]
        assert made.column("account_key").to_pylist() == lake.column("account_key").to_pylist()
        assert made.column("signup_network").to_pylist() == [lake.column("ip_network")[0].as_py(), None]


def test_a_key_forgets_the_address(key: bytes) -> None:
    accounts = pa.table({"account_id": ["a"], "signup_ip": ["192.0.2.1"]})
    assert account_columns(accounts).column("signup_ip").to_pylist() == ["192.0.2.1"]
    assert account_columns(accounts, key).column("signup_ip").to_pylist() == [None]
    assert account_columns(ACCOUNTS.arrow.empty_table(), key).num_rows == 0
