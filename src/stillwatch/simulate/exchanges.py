"""Events become rows of the exchanges table: addresses, software, words, tokens, outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.schema import EXCHANGES
from stillwatch.simulate import blocks
from stillwatch.simulate.addresses import Network
from stillwatch.simulate.cover import end_users, sent
from stillwatch.simulate.draft import DAY_US, MODELS, SMALL
from stillwatch.simulate.events import Events
from stillwatch.simulate.guests import GUEST_KEYS
from stillwatch.simulate.keys import Keys, below, hexadecimal, mix, unit
from stillwatch.simulate.roster import Roster
from stillwatch.simulate.stacks import Parameters, Stacks
from stillwatch.simulate.words import Text, Words

__all__ = ["SWEEP", "VOCABULARY", "ExchangeMaker", "account_ids", "end_user_ids"]

BYTES_PER_TOKEN = 3.8
TURN_TOKENS = 240  # what an earlier turn and its answer add to the input
VOCABULARY = 100_000
SWEEP = 64  # biased tokens of one request of a sweep
FAILED_SHARE = 0.002
NO_LIMIT = 2**62

Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def account_ids(secret: int, accounts: Index) -> pa.Array:
    """Identifiers that say nothing of the order in which the accounts were made."""
    return hexadecimal(mix(secret, 101, accounts), "acct_")


def end_user_ids(secret: int, accounts: Index, users: Index) -> pa.Array:
    """Identifiers of end users, numbered within their accounts."""
    return hexadecimal(mix(secret, 111, accounts, users), "eu_", 12)


class ExchangeMaker:
    """Turns events into tables that conform to EXCHANGES."""

    def __init__(
        self, roster: Roster, network: Network, stacks: Stacks, parameters: Parameters, words: Words, secret: int
    ):
        self._roster, self._network, self._words, self._secret = roster, network, words, secret
        self._agents, self._fingerprints = stacks.text()
        kinds = (pa.float32(), pa.float32(), pa.int64(), pa.int64(), pa.int64(), pa.bool_(), pa.string())
        names = ("temperature", "top_p", "max_tokens", "n", "seed", "stream", "response_format")
        self._parameters = {name: parameters.column(place, kinds[place]) for place, name in enumerate(names)}
        self._people = parameters.people
        self._longest = self._parameters["max_tokens"].fill_null(NO_LIMIT).to_numpy()
        self._channels = pa.array(roster.channels, pa.string())
        self._organisations = pa.array([*roster.organisations, None], pa.string())
        self._toolsets = pa.array([*(list(tools) for tools in roster.toolsets), None], pa.list_(pa.string()))
        self._models = pa.array(MODELS)

    def table(self, events: Events) -> pa.Table:
        """The rows of the events, in their order."""
        sender = self._roster.behaviour[events.account]
        writer = sent(self._roster.behaviour, events, self._people)
        text = self._words.write(events)
        columns: dict[str, pa.Array] = {
            "ts": pa.array(events.time, pa.timestamp("us", tz="UTC")),
            "exchange_id": hexadecimal(mix(self._secret, 103, events.key), "req_"),
            "account_id": account_ids(self._secret, events.account),
            "channel": self._channels.take(pa.array(sender["channel"])),
            "org_id": _pick(self._organisations, sender["organisation"]),
            "operation": pc.if_else(pa.array(sender["channel"] == 2), "batch", "chat"),
            "system_prompt": text.system,
            "prompt": text.prompt,
            "messages": text.messages,
            "turns": pa.array(text.turns.astype(np.int16)),
            "user_agent": self._agents.take(pa.array(sender["stack"])),
            "tls_fingerprint": self._fingerprints.take(pa.array(sender["stack"])),
            "tools": _pick(self._toolsets, writer["tools"]),
            **{name: column.take(pa.array(writer["parameters"])) for name, column in self._parameters.items()},
            **self._identity(events),
            **self._address(events),
            **self._outcome(events, writer, text),
            **self._probabilities(events),
        }
        return EXCHANGES.conform(pa.table(columns))

    def _identity(self, events: Events) -> dict[str, pa.Array]:
        """Keys, conversations and end users."""
        rows = self._roster.behaviour[events.account]
        days = np.maximum(rows["rotation"].astype(np.float64), 1e-9) * DAY_US
        epoch = np.where(rows["rotation"] > 0, events.time / days, 0.0).astype(np.int64)
        user = end_users(self._roster.behaviour, events)
        carrier, guest = rows["guests"] > 0, user >= np.maximum(rows["end_users"], 1)
        # A key is a conversation's, but a carrier's customers have each their own.
        slot = below(
            mix(np.where(carrier, user.astype(np.uint64), events.session), 105),
            np.where(guest, GUEST_KEYS, rows["keys"]),
        )
        slot = np.where(guest, rows["keys"] + slot, slot)
        key = mix(self._secret, 107, events.account, slot, epoch)
        spoken = pa.array(rows["turns"] > 1.0)
        reported = pa.array(rows["end_users"] > 0)
        nothing = pa.scalar(None, pa.string())
        return {
            "key_id": hexadecimal(key, "key_"),
            "session_id": pc.if_else(
                spoken, hexadecimal(mix(self._secret, 109, events.session, events.account), "sess_"), nothing
            ),
            "end_user_id": pc.if_else(reported, end_user_ids(self._secret, events.account, user), nothing),
        }

    def _address(self, events: Events) -> dict[str, pa.Array]:
        rows = self._roster.behaviour[events.account]
        # A person stays in one place for an hour or so.
        stay = mix(events.account, events.time // (DAY_US // 24), 113)
        away = unit(stay) < rows["away_share"]
        pool = np.where(away, rows["away"], rows["network"]).astype(np.int64)
        moving = ~rows["sticky"]
        prefix = self._network.draw(pool, unit(mix(np.where(moving, events.key, stay), 115)))
        host = below(np.where(moving, mix(events.key, 117), mix(self._secret, 119, events.account, prefix)), 254) + 1
        return {
            "ip": self._network.addresses(prefix, host),
            "asn": pa.array(self._network.systems(prefix)),
            "country": self._network.countries(prefix),
        }

    def _outcome(self, events: Events, rows: npt.NDArray[Any], text: Text) -> dict[str, pa.Array]:
        """Model, status, tokens and latency. A refused request has no answer, so no output tokens."""
        fresh = (events.time >= rows["adopts"]) & (unit(mix(events.session, 55)) < rows["adopt_share"])
        model = np.where(fresh | events.eager, rows["next_model"], rows["model"])
        model = np.where(text.replays, SMALL, model)  # a weaker sibling gives a block away more readily
        failed = (unit(mix(events.key, 121)) < FAILED_SHARE) & (events.status == 200)
        status = np.where(failed, 500, events.status)
        answered = status == 200
        size = pc.binary_length(text.prompt).to_numpy(zero_copy_only=False) + pc.fill_null(
            pc.binary_length(text.system), 0
        ).to_numpy(zero_copy_only=False)
        input_tokens = 4 + size / BYTES_PER_TOKEN + events.turn * TURN_TOKENS
        wanted = rows["output"] * np.exp(rows["spread"] * _normal(events.key, 123))
        longest = self._longest[rows["parameters"]]
        output = np.maximum(np.minimum(np.round(wanted), longest), 1).astype(np.int64)
        sealed = self._words.blocks
        thought = (
            blocks.thought(events, rows["thinks"], events.turn)
            if sealed
            else unit(mix(events.key, 125)) < rows["thinks"]
        )
        reasoning = np.where(thought, np.round(np.exp(6.2 + 0.8 * _normal(events.key, 127))), 0.0)
        reasoning = np.minimum(reasoning, 0.9 * output if len(output) else output).astype(np.int64)
        latency = (
            180
            + 120 * unit(mix(events.key, 129))
            + np.where(answered, output * 14.0, 0.0) * (0.7 + 0.6 * unit(mix(events.key, 131)))
        )
        unanswered = ~answered
        block = blocks.block_texts(blocks.issued(events, rows, events.turn)) if sealed else pa.nulls(len(events))
        return {
            "reasoning": pc.if_else(pa.array(thought & answered), block, pa.scalar(None, block.type)),
            "model": self._models.take(pa.array(model)),
            "status": pa.array(status.astype(np.int16)),
            "finish_reason": pc.if_else(
                pa.array(answered),
                pc.if_else(pa.array(wanted > longest), "length", "stop"),
                pa.scalar(None, pa.string()),
            ),
            "input_tokens": pa.array(input_tokens.astype(np.int32)),
            "output_tokens": pa.array(output.astype(np.int32), mask=unanswered),
            "reasoning_tokens": pa.array(reasoning.astype(np.int32), mask=unanswered),
            "latency_ms": pa.array(latency.astype(np.int32)),
        }

    def _probabilities(self, events: Events) -> dict[str, pa.Array]:
        """Log-probabilities and logit bias; a sweep goes through the vocabulary in steps."""
        rows = sent(self._roster.behaviour, events)
        asked = unit(mix(events.session, events.turn, 133)) < rows["logprobs"]
        sweeps = rows["bias_sweep"]
        top = np.where(sweeps, 20, 5).astype(np.int16)
        # Some honest users of log-probabilities confine the answer to two tokens, always the same ones.
        confined = asked & ~sweeps & (unit(mix(rows["template"], 135)) < 0.3)
        width = np.where(sweeps, SWEEP, np.where(confined, 2, 0))
        offsets = np.concatenate([[0], np.cumsum(width)]).astype(np.int32)
        place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], width)
        start = np.where(sweeps, events.pool * SWEEP, below(mix(rows["template"], 137), VOCABULARY))
        tokens = (np.repeat(start, width) + place) % VOCABULARY
        lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(tokens, pa.int64()))
        lists = pc.if_else(pa.array(width > 0), lists, pa.scalar(None, lists.type))
        return {
            "logprobs": pa.array(asked),
            "top_logprobs": pa.array(top, mask=~asked),
            "logit_bias": lists,
        }


def _pick(values: pa.Array, index: Index) -> pa.Array:
    """Values by index; -1 takes the last, which is NULL."""
    return values.take(pa.array(np.where(index < 0, len(values) - 1, index)))


def _normal(keys: Keys, salt: int) -> Floats:
    """Standard normal numbers out of keys (Box and Muller)."""
    radius = np.sqrt(-2.0 * np.log(1.0 - unit(mix(keys, salt, 1))))
    result: Floats = radius * np.cos(2.0 * np.pi * unit(mix(keys, salt, 2)))
    return result
