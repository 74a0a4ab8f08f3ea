"""The folder of a world: exchanges by day, accounts, models, contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.errors import BadSettings
from stillwatch.schema import ACCOUNTS, CONTRACTS, EXCHANGES, MODELS
from stillwatch.simulate.addresses import Network
from stillwatch.simulate.draft import DAY_US, Draft
from stillwatch.simulate.draft import MODELS as MODEL_NAMES
from stillwatch.simulate.exchanges import account_ids
from stillwatch.simulate.keys import below, hexadecimal, mix
from stillwatch.simulate.roster import Roster

__all__ = ["claim", "write_accounts", "write_contracts", "write_day", "write_models"]

_PLAIN = {"ts", "exchange_id", "prompt", "messages", "latency_ms", "output_tokens", "logit_bias"}
_DICTIONARY = [name for name in EXCHANGES.names if name not in _PLAIN]
_PRICES = ((3.0, 15.0), (0.4, 2.0), (5.0, 25.0))


def claim(folder: Path) -> None:
    """Make an empty folder. Raises BadSettings where there is something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadSettings(f"{folder} is not an empty folder; name another one, or remove it first.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(f"{folder} cannot be made: {error.strerror}. Name a folder that can be written.") from None


def write_day(folder: Path, day: str, parts: Iterator[pa.Table]) -> None:
    """One file of exchanges for a day, a row group for each part."""
    target = folder / "exchanges" / f"day={day}"
    target.mkdir(parents=True)
    with pq.ParquetWriter(
        target / "part-000.parquet",
        EXCHANGES.arrow,
        compression="zstd",
        compression_level=1,
        use_dictionary=_DICTIONARY,
    ) as writer:
        for part in parts:
            writer.write_table(part)


def write_accounts(folder: Path, roster: Roster, network: Network, agents: pa.Array, secret: int) -> None:
    """All accounts, in the order of their ids, which is no order at all."""
    rows = roster.behaviour
    number = np.arange(len(roster))
    organisations = pa.array([*roster.organisations, None], pa.string())
    pool = np.where(roster.signup_home, rows["network"], rows["away"]).astype(np.int64)
    prefix = network.draw(pool, np.zeros(len(roster)) + (below(mix(number, 201), 2**20) / 2**20))
    payer = np.where(roster.payer >= 0, roster.payer, number + 2**40)
    instant = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "account_id": account_ids(secret, number),
            "org_id": organisations.take(
                pa.array(np.where(rows["organisation"] < 0, len(organisations) - 1, rows["organisation"]))
            ),
            "created_at": pa.array(roster.created, instant),
            "channel": pa.array(roster.channels, pa.string()).take(pa.array(rows["channel"])),
            **{name: pa.array(values, pa.string()) for name, values in roster.identity.items()},
            "payment_id": pc.if_else(
                pa.array(roster.payer > -2), hexadecimal(mix(secret, 203, payer), "pay_"), pa.scalar(None, pa.string())
            ),
            "signup_ip": network.addresses(prefix, below(mix(secret, 119, number, prefix), 254) + 1),
            "signup_user_agent": agents.take(pa.array(rows["stack"])),
            "verified": pa.array(roster.verified),
            "banned_at": pa.array(roster.banned, instant, mask=roster.banned == 0),
        }
    )
    pq.write_table(ACCOUNTS.conform(table).sort_by("account_id"), folder / "accounts.parquet", compression="zstd")


def write_models(folder: Path, draft: Draft) -> None:
    """Two models that are old when the window begins, and one released inside it."""
    released = [draft.first - 400 * DAY_US, draft.first - 210 * DAY_US, draft.release]
    table = pa.table(
        {
            "model": list(MODEL_NAMES),
            "released_at": pa.array(released, pa.timestamp("us", tz="UTC")),
            "input_price": [price for price, _ in _PRICES],
            "output_price": [price for _, price in _PRICES],
        }
    )
    pq.write_table(MODELS.conform(table), folder / "models.parquet", compression="zstd")


def write_contracts(folder: Path, draft: Draft) -> None:
    """The contracts of those organisations that have one."""
    contracts = draft.contracts
    table = pa.table(
        {
            "org_id": pa.array([draft.organisations[number] for number, _, _ in contracts], pa.string()),
            "kind": pa.array([kind for _, kind, _ in contracts], pa.string()),
            "email_domain": pa.array([domain for _, _, domain in contracts], pa.string()),
            "valid_from": pa.array([draft.start - timedelta(days=300)] * len(contracts), pa.timestamp("us", tz="UTC")),
            "valid_to": pa.array([draft.start + timedelta(days=430)] * len(contracts), pa.timestamp("us", tz="UTC")),
        }
    )
    pq.write_table(CONTRACTS.conform(table).sort_by("org_id"), folder / "contracts.parquet", compression="zstd")
