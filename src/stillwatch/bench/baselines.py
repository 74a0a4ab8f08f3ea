"""All baselines on one scanned log, with the truth of who is whose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.bench.kernel import kernel_alarms
from stillwatch.bench.rates import account_rates
from stillwatch.bench.shared import capped_pairs, matched, shared_addresses
from stillwatch.bench.truth import Truth
from stillwatch.engines import Engine
from stillwatch.sketches import hash_strings

__all__ = ["CAPS", "run_baselines"]

CAPS = (200, 1000)


def run_baselines(engine: Engine, truth: Truth, *, days: float, seed: int) -> dict[str, Any]:
    """Rate rules, capped pairs, shared addresses and the kernel test on the log that `engine` holds after a scan.

    They know accounts, not end users: an account that carries a campaign counts as the campaign's, in their favour.
    """
    planted = sorted({name for name in truth.campaign.values() if name})
    owner = {unit.partition("/")[0]: name for unit, name in truth.campaign.items() if name}
    keys = hash_strings(pa.array(owner, pa.string()))
    number = {int(key): planted.index(owner[account]) for key, account in zip(keys, owner, strict=True)}
    guilty = np.array(sorted(number), np.int64)
    people = engine.fetch("SELECT account_key, principal FROM principals ORDER BY account_key")
    principal = people["principal"].to_numpy()
    campaign = np.full(int(principal.max(initial=-1)) + 1, -1, np.int64)
    theirs = [number.get(key, -1) for key in people["account_key"].to_pylist()]
    np.maximum.at(campaign, principal, np.array(theirs, np.int64))
    found: dict[str, Any] = {
        "rates": account_rates(engine, guilty, days),
        "addresses": matched(shared_addresses(engine, len(campaign)), campaign),
        "kernel": kernel_alarms(engine, guilty, seed),
    }
    return found | {f"pairs_{cap}": matched(capped_pairs(engine, len(campaign), cap), campaign) for cap in CAPS}
