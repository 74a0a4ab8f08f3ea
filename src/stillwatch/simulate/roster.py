"""The accounts of a world as columns: how each behaves (numbers) and what it signed up with (identity)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BEHAVIOUR", "IDENTITY", "Cohort", "Roster", "blank"]

# What an account does. Times are microseconds since 1970 UTC, rates are requests a day.
BEHAVIOUR = np.dtype(
    [
        ("role", np.int16),  # index into Roster.roles
        ("campaign", np.int16),  # index into Roster.campaigns, -1: none
        ("organisation", np.int32),  # index into Roster.organisations, -1: none is logged
        ("active_from", np.int64),
        ("active_to", np.int64),
        ("rate", np.float32),  # mean requests on a day of weight 1
        ("burst", np.float32),  # shape of the gamma noise on a day's rate; 0: none, which makes the counts Poisson
        ("decay", np.float32),  # days in which interest falls to 1/e; 0: it does not
        ("turns", np.float32),  # mean turns of a conversation
        ("clock", np.int32),
        ("network", np.int32),  # pool of prefixes
        ("away", np.int32),  # a second pool
        ("away_share", np.float32),
        ("sticky", np.bool_),  # keeps its host number
        ("stack", np.int32),
        ("parameters", np.int32),
        ("channel", np.int16),  # index into Roster.channels
        ("keys", np.int16),  # API keys in use
        ("rotation", np.float32),  # days until a key is replaced; 0: never
        ("end_users", np.int32),  # 0: not reported
        ("language", np.int8),
        ("mixture", np.int16),  # index into voices.MIXTURES
        ("person", np.uint64),  # whose habits the words follow; 0: nobody's
        ("template", np.uint64),  # key of the fixed parts of its prompts
        ("suite", np.int32),  # distinct prompts it sends; 0: no bound
        ("system", np.int32),  # index into Roster.systems, -1: none
        ("wrapper", np.int32),  # index into Roster.wrappers, -1: none, -2: paraphrased in each request
        ("wrapper_two", np.int32),
        ("loose", np.int8),  # index into voices.LOOSE: the frames of the paraphrase
        ("style", np.int8),  # 0 plain, 1 all lower case
        ("shelf", np.int32),  # source in a library of real prompts, -1: the grammar
        ("shelf_start", np.int64),
        ("shelf_size", np.int64),
        ("model", np.int8),  # before `adopts`
        ("next_model", np.int8),
        ("adopts", np.int64),
        ("adopt_share", np.float32),
        ("output", np.float32),  # median output tokens
        ("spread", np.float32),  # sigma of the logarithm of the output tokens
        ("thinks", np.float32),  # share of requests with reasoning tokens
        ("tools", np.int16),  # index into Roster.toolsets, -1: none
        ("logprobs", np.float32),  # share of requests that ask for them
        ("bias_sweep", np.bool_),  # walks the vocabulary by logit bias
        ("limited", np.float32),  # share of requests refused with 429
        ("cell", np.int16),  # part of its campaign; parts share nothing but the prompt pool
        ("cover", np.float32),  # share of a campaign's conversations that are ordinary traffic
        ("guests", np.int32),  # end users that are the campaign's, beyond the `end_users` who are not
        ("poison", np.int16),  # campaign whose template was planted on this innocent account, -1: none
        ("samples", np.int16),  # how often its campaign asks each prompt
        ("rotates", np.bool_),  # its campaign deals conversations to the members in strict turn
        ("shifts", np.bool_),  # its campaign works and rests all together
        ("replay", np.float32),  # share of its requests that present somebody else's reasoning block
    ]
)

# Columns of the accounts table that a cohort sets; ids, payment and timestamps are made when it is written.
IDENTITY = (
    "plan", "programme", "email_domain", "email_shape", "payment_bin", "phone_prefix", "billing_country",
    "referral",
)  # fmt: skip

_DEFAULTS = {
    "campaign": -1, "organisation": -1, "turns": 1.0, "burst": 0.6, "sticky": True, "keys": 1, "system": -1,
    "wrapper": -1, "wrapper_two": -1, "shelf": -1, "adopts": np.iinfo(np.int64).max, "output": 260.0, "spread": 0.8,
    "tools": -1, "limited": 0.004, "poison": -1, "samples": 1,
}  # fmt: skip


def blank(n: int) -> npt.NDArray[Any]:
    """n rows of BEHAVIOUR with the values of a quiet account."""
    rows = np.zeros(n, dtype=BEHAVIOUR)
    for name, value in _DEFAULTS.items():
        rows[name] = value
    return rows


@dataclass(slots=True)
class Cohort:
    """Accounts made together: behaviour, identity columns, and what both share."""

    behaviour: npt.NDArray[Any]
    identity: dict[str, npt.NDArray[np.object_]]
    region: npt.NDArray[np.int64]
    created: npt.NDArray[np.int64]
    banned: npt.NDArray[np.int64]  # 0: never
    payer: npt.NDArray[np.int64]  # payment instrument; accounts with one number share it; -1: its own, -2: none
    signup_home: npt.NDArray[np.bool_]  # signed up from `network` (else from `away`)
    verified: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.behaviour)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        column: npt.NDArray[Any] = self.behaviour[name]
        return column

    def __setitem__(self, name: str, value: npt.ArrayLike) -> None:
        self.behaviour[name] = value


@dataclass(slots=True)
class Roster:
    """The finished population and the tables its columns point into."""

    behaviour: npt.NDArray[Any]
    identity: dict[str, npt.NDArray[np.object_]]
    created: npt.NDArray[np.int64]
    banned: npt.NDArray[np.int64]
    payer: npt.NDArray[np.int64]
    signup_home: npt.NDArray[np.bool_]
    verified: npt.NDArray[np.bool_]
    roles: list[str]
    campaigns: list[str]
    organisations: list[str]
    channels: list[str]
    systems: list[str]
    wrappers: list[tuple[str | None, str, str]]  # system prompt, words before, words after
    toolsets: list[tuple[str, ...]]
    contracts: list[tuple[int, str, str]]  # organisation, kind, verified domain

    def __len__(self) -> int:
        return len(self.behaviour)
