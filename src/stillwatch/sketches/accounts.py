"""The accounts table with the keys that join it to the lake."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.schema import ACCOUNTS
from stillwatch.sketches.addresses import network_column, parse_addresses
from stillwatch.sketches.hashing import hash_column

__all__ = ["account_columns"]


def account_columns(table: pa.Table, key: bytes | None = None) -> pa.Table:
    """ACCOUNTS rows with account_key int64 (as in the lake) and signup_network int64 (as the lake's ip_network).

    With a key the sign-up address itself is dropped to NULL. Missing columns count as NULL.
    """
    accounts = ACCOUNTS.conform(table)
    address = accounts.column("signup_ip")
    network = network_column(parse_addresses(address), key)
    if key is not None:
        position = accounts.schema.get_field_index("signup_ip")
        accounts = accounts.set_column(position, "signup_ip", pa.nulls(accounts.num_rows, pa.string()))
    return accounts.append_column("account_key", hash_column(accounts.column("account_id"), key=key)).append_column(
        "signup_network", network
    )
