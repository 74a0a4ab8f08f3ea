"""The accounts and the exchanges of the scale benchmark: arrays, one part of the lake at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.schema import CONTENT_BYTES, LAKE
from stillwatch.simulate.keys import mix
from stillwatch.simulate.trait_world import trait_world

FIRST = 1_772_409_600_000_000  # 2026-03-02, midnight UTC
HOUR_US = 3_600_000_000
SKILLS = ("chat", "coding", "agentic", "reasoning", "translation", "extraction", "grading", "generation")
COUNTRIES = tuple(f"{a}{b}" for a in "ABCDE" for b in "ABCD")
PLANS = ("free", "paid", "enterprise")
Ints = npt.NDArray[np.int64]


def _key(*parts: Any) -> Ints:
    return mix(*parts).view(np.int64)


class World:
    """Who the accounts are (numbered in the order of their keys), and what they send."""

    def __init__(self, others: int, ring: int, difficulty: str, seed: int):
        made = trait_world(others + ring, (ring,), difficulty, seed)
        self.size, self.seed = others + ring, seed
        draw = np.random.default_rng(seed)
        self.key = np.sort(_key(seed, 1, np.arange(self.size)))
        self.member = np.asarray(made.ring) >= 0
        traits, places = made.traits, made.traits["channel"].combine_chunks()
        names = places.dictionary.to_pylist()
        codes, who = places.indices.to_numpy(), traits["account_key"].to_numpy()
        values = traits["value"].to_numpy()
        self.one = {}
        for name in ("payment_bin", "email", "signup_hour", "release", "stack"):
            column = np.full(self.size, -1, np.int64)
            here = codes == names.index(name)
            column[who[here]] = values[here]
            self.one[name] = column
        self.many = {name: self._ragged(codes == names.index(name), who, values) for name in ("skeleton", "ip_network")}
        country, plan, owner = (made.accounts[name].to_numpy() for name in ("country", "plan", "owner"))
        self.country, self.plan, self.owner = country, plan, owner
        load = 1.0 / (draw.permutation(self.size) + 2000.0) ** 1.1
        load[self.member] = 0.0
        self.load = np.cumsum(load) / load.sum()
        self.ring = np.flatnonzero(self.member)
        # One account in twelve asks for some reasoning, as students and tutors do.
        self.asking = np.where(draw.random(self.size) < 0.08, draw.beta(1.2, 4, self.size), draw.beta(1, 40, self.size))
        self.parameters = np.where(
            self.member,
            1000 + draw.integers(0, 6, self.size),
            (draw.pareto(1.0, self.size) * 20).astype(np.int64) % 400,
        )
        self.system = np.where(
            draw.random(self.size) < 0.4, (draw.pareto(0.8, self.size) * 30).astype(np.int64) % 50_000, -1
        )
        self.created = FIRST + (self.one["signup_hour"] - 365 * 24) * HOUR_US
        self.created[self.member] += 365 * 24 * HOUR_US // 8
        self.verified = draw.random(self.size) < 0.4
        self.resellers = [f"org{number}" for number in range(10, 15)]
        self._text()

    @staticmethod
    def _ragged(here: npt.NDArray[np.bool_], who: Ints, values: Ints) -> tuple[Ints, Ints, Ints]:
        order = np.argsort(who[here], kind="stable")
        owner, value = who[here][order], values[here][order]
        size = int(who.max()) + 1
        return np.searchsorted(owner, np.arange(size)), np.bincount(owner, minlength=size), value

    def _pick(self, name: str, who: Ints, chance: npt.NDArray[np.float64]) -> Ints:
        """One of an account's values, the first half the time; -1 where it has none."""
        start, count, value = self.many[name]
        place = np.minimum((chance * chance * 1.4 * count[who]).astype(np.int64), np.maximum(count[who] - 1, 0))
        return np.where(count[who] > 0, value[np.minimum(start[who] + place, len(value) - 1)], -1)

    def _text(self) -> None:
        size = self.size
        number = np.arange(size)
        text = lambda prefix, values: pa.array(np.char.add(prefix, values.astype(str)))  # noqa: E731
        self.ids = text("acct", number)
        named = self.owner >= 0
        self.org = pa.array(np.char.add("org", self.owner.astype(str)), mask=~named)
        self.countries, self.plans = pa.array(COUNTRIES), pa.array(PLANS)
        self.accounts = {
            "account_id": self.ids,
            "account_key": self.key,
            "org_id": self.org,
            "plan": self.plans.take(pa.array(np.where(named, 2, np.minimum(self.plan, 1)))),
            "billing_country": self.countries.take(pa.array(self.country)),
            "channel": pa.repeat(pa.scalar("api"), size),
            "email_domain": text("host", self.one["email"] // 4),
            "email_shape": text("a.a", self.one["email"] % 7),
            "payment_bin": text("4", self.one["payment_bin"]),
            "payment_id": text("pay", mix(number, 7).astype(np.int64) >> 20),
            "signup_network": _key(17, self._pick("ip_network", number, np.zeros(size))),
        }
        self.agents = pa.array([f"modelkit-python/{n // 40}.{n % 40}.1" for n in range(2600)])
        self.prints = pa.array([f"t13d{n:04d}h2_{n * 7919 % 65536:04x}" for n in range(120)])
        self.channels, self.models = pa.array(["api", "app"]), pa.array(["aster-4", "aster-5", "aster-4-mini"])
        self.skills, self.languages = pa.array(SKILLS), pa.array(["en", "zh", "es", "fr", "de", "ja", "pt", "ru"])

    def _visits(self, draw: np.random.Generator, rows: int, taken: int) -> tuple[Ints, Ints, Ints]:
        """Account, number of the visit and turn of each row, sorted by account."""
        who = []
        for count, mean, chosen in ((rows, 1.5, None), (taken, 1.12, self.ring)):
            length = draw.geometric(1 / mean, count)
            visits = int(np.searchsorted(np.cumsum(length), count)) + 1 if count else 0
            if chosen is None:
                sender = np.searchsorted(self.load, draw.random(visits))
            else:
                sender = draw.choice(chosen, visits) if visits else np.empty(0, np.int64)
            who.append(
                np.stack(
                    [np.repeat(sender, length[:visits])[:count], np.repeat(np.arange(visits), length[:visits])[:count]]
                )
            )
        account = np.concatenate([who[0][0], who[1][0]]).astype(np.int64)
        visit = np.concatenate([who[0][1], who[1][1] + rows]).astype(np.int64)
        order = np.lexsort((visit, account))
        account, visit = account[order], visit[order]
        fresh = np.flatnonzero(np.concatenate([[True], visit[1:] != visit[:-1]]))
        turn = np.arange(len(visit)) - np.repeat(fresh, np.diff([*fresh, len(visit)]))
        return account, visit, turn

    def part(self, draw: np.random.Generator, start: int, span: int, rows: int, taken: int, name: str) -> pa.Table:
        """`rows` exchanges of others and `taken` of the ring within `span` microseconds, sorted as an ingest sorts."""
        account, visit, turn = self._visits(draw, rows, taken)
        n = len(account)
        ring = self.member[account]
        began = draw.integers(0, span, int(visit.max(initial=0)) + 1)
        ts = (start + (began[visit] + turn * 20_000_000) % span) // 1000 * 1000
        unique = draw.integers(-(2**63), 2**63, (8, n), dtype=np.int64)
        chance = draw.random((8, n))
        # Words: a seventh of the prompts are asked before, a fifth fill somebody's template, the rest is free.
        template = self._pick("skeleton", account, chance[0])
        framed = (template >= 0) & (chance[1] < np.where(ring, 0.9, 0.33))
        popular = (chance[2] < np.where(ring, 0.04, 0.14)) & ~framed
        asked = np.where(popular, (draw.pareto(0.7, n) * 400).astype(np.int64) % 3_000_000, 0)
        prompt = np.where(popular, _key(3, asked), unique[0])
        opening_pool = (draw.pareto(0.9, n) * 300).astype(np.int64) % 4_000_000
        opening = np.where(
            framed,
            _key(4, template),
            np.where(popular, _key(5, asked), np.where(chance[3] < 0.55, _key(6, opening_pool), unique[1])),
        )
        bands = {}
        for band in range(4):
            shared = draw.random(n)
            near = _key(8, band, template, (shared * 997).astype(np.int64) % 40)
            loose = np.where(
                shared < 0.12, _key(9, band, opening_pool, (shared * 9973).astype(np.int64) % 7), unique[2] + band * 7
            )
            bands[f"band_{band}"] = np.where(
                popular, _key(10, band, asked), np.where(framed & (shared < 0.6), near, loose)
            )
        body = np.where(popular & (chance[4] < 0.7), _key(11, prompt, self.system[account]), unique[3])
        conversation = _key(12, self.seed, part_number(name), visit, turn)
        earlier = _key(12, self.seed, part_number(name), visit, turn - 1)
        spoken = chance[5] < 0.5
        refused = draw.random(n) < np.where(ring, 0.012, 0.006)
        status = np.where(refused, 429, 200)
        self._retry(draw, ring, refused, ts, body, prompt)
        week = (ts - FIRST) // HOUR_US
        pivot = self.one["release"][account]
        fresh = (pivot >= 0) & (week >= 14 * 24 + pivot) & (chance[6] < np.where(ring, 0.8, 0.5))
        network = self._pick("ip_network", account, chance[7])
        second = _key(14, account) % 60 * (_key(14, account) % 3 == 0)  # one in three has two machines
        stack = np.abs(np.where((chance[0] < 0.85) | (second == 0), self.one["stack"][account], second)) % 2600
        ask = np.where(
            ring,
            np.where(chance[3] < 0.8, 650 + 300 * chance[4], 120 * chance[4]),
            1000 * self.asking[account] * (0.4 + 1.2 * chance[4]),
        )
        skill = np.where(
            ring,
            np.select([chance[1] < 0.62, chance[1] < 0.86], [1, 2], 3),
            (draw.pareto(1.2, n) + _key(13, account) % 3).astype(np.int64) % 8,
        )
        output = np.maximum(np.exp(draw.normal(np.where(ring, 7.1, 5.4), 0.8)), 1).astype(np.int32)
        longest = np.array([0, 256, 512, 1024, 2048, 4096, 8192])[np.where(ring, 5, self.parameters[account] % 5)]
        sampled = self.parameters[account] % 11
        words = (20 + 1500 * chance[6] ** 3).astype(np.int32)
        made: dict[str, Any] = {
            "ts_us": ts,
            "hour": (ts // HOUR_US).astype(np.int32),
            "account_key": self.key[account],
            "exchange_key": unique[4],
            "account_id": self.ids.take(pa.array(account)),
            "exchange_id": pa.array(np.char.add(f"{name}-", np.arange(n).astype(str))),
            "org_id": self.org.take(pa.array(account)),
            "channel": self.channels.take(pa.array(account % 5 // 4)),
            "session_id": pa.array(np.char.add("s", (visit + part_number(name) * 400_000).astype(str)), mask=~spoken),
            "end_user_id": pa.array(
                np.char.add("u", (chance[2] * 500).astype(np.int64).astype(str)), mask=self.owner[account] < 10
            ),
            "asn": (network // 400 % 60_000).astype(np.int32),
            "country": self.countries.take(pa.array(self.country[account])),
            "user_agent": self.agents.take(pa.array(stack)),
            "tls_fingerprint": self.prints.take(pa.array(stack % 120)),
            "model": self.models.take(pa.array(np.where(fresh, 1, np.where(account % 9 == 0, 2, 0)))),
            "operation": pa.repeat(pa.scalar("chat"), n),
            "turns": (turn + 1).astype(np.int16),
            "finish_reason": pa.array(np.where(output < 3000, "stop", "length"), mask=refused),
            "input_tokens": words + 240 * turn.astype(np.int32),
            "output_tokens": pa.array(output, mask=refused),
            "reasoning_tokens": pa.array((output * np.where(ring, 0.6, 0.1)).astype(np.int32), mask=refused),
            "status": status.astype(np.int16),
            "temperature": pa.array((sampled / 10).astype(np.float32), mask=sampled > 6),
            "top_p": pa.array(np.full(n, 0.95, np.float32), mask=sampled > 3),
            "max_tokens": pa.array(longest, mask=longest == 0),
            "stream": sampled % 2 == 0,
            "logprobs": chance[6] < 0.007,
            "top_logprobs": pa.array(np.full(n, 5, np.int16), mask=chance[6] >= 0.007),
            "ip_network": _key(17, network),
            "stack": _key(18, stack),
            "parameters": _key(19, self.parameters[account]),
            "logit_bias_size": pa.array(np.full(n, 2, np.int32), mask=chance[6] >= 0.002),
            "logit_bias_hash": pa.array(_key(20, account % 50), mask=chance[6] >= 0.002),
            "tools_size": pa.array(np.full(n, 6, np.int32), mask=stack != 7),
            "tools_hash": pa.array(_key(21, stack), mask=stack != 7),
            "prompt_chars": words * 4,
            "prompt_hash": prompt,
            "opening": opening,
            **bands,
            "system_hash": pa.array(_key(22, self.system[account]), mask=self.system[account] < 0),
            "skeleton": pa.array(_key(23, template), mask=~framed),
            "body_hash": body,
            "conversation_hash": pa.array(conversation, mask=~spoken),
            "prefix_hash": pa.array(earlier, mask=(turn == 0) | ~spoken),
            "topic": (_key(24, np.where(ring, unique[5] % 900, account % 400 * 8 + unique[5] % 8)) & 4095).astype(
                np.int32
            ),
            "content": _content(unique[5]),
            "skill": self.skills.take(pa.array(skill)),
            "language": self.languages.take(pa.array(self.country[account] % 8)),
            "asks_reasoning": ask.astype(np.int16),
            "asks_grading": (30 * chance[7] ** 2).astype(np.int16),
            "asks_generation": (60 * chance[2] ** 2).astype(np.int16),
            "asks_choice": (80 * chance[0] ** 3).astype(np.int16),
            "dataset_shape": np.where(framed, 300 + 300 * chance[5], 80 * chance[5]).astype(np.int16),
        }
        made = {name: column for name, column in made.items() if name in LAKE}
        nulls = {column.name: column.type for column in LAKE.columns if column.name not in made}
        made |= {column: pa.nulls(n, kind) for column, kind in nulls.items()}
        order = np.lexsort((ts, account))
        table = pa.table({column.name: made[column.name] for column in LAKE.columns})
        return table if (order == np.arange(n)).all() else table.take(pa.array(order))

    def _retry(
        self,
        draw: np.random.Generator,
        ring: npt.NDArray[np.bool_],
        refused: npt.NDArray[np.bool_],
        ts: Ints,
        body: Ints,
        prompt: Ints,
    ) -> None:
        """Half of what is refused in the ring comes again on another of its accounts, seconds later (in place)."""
        lost = np.flatnonzero(ring & refused)[::2]
        free = np.flatnonzero(ring & ~refused)
        if len(lost) == 0 or len(free) == 0:
            return
        again = draw.choice(free, len(lost))
        ts[again] = ts[lost] + draw.integers(1_000_000, 60_000_000, len(lost))
        body[again], prompt[again] = body[lost], prompt[lost]


def part_number(name: str) -> int:
    """A number for each part's name, so that no two parts share a conversation."""
    day, _, place = name.removeprefix("scale").partition(".")
    return int(day) * 1000 + int(place or 0)


_SHAPES = np.random.default_rng(5).integers(-30, 31, (256, CONTENT_BYTES)).astype(np.int8)


def _content(keys: Ints) -> pa.Array:
    """Sketches around a few hundred shapes: a third as large as real ones when zipped, so that the disk suffices."""
    made = _SHAPES[keys & 255].copy()
    noise = np.frombuffer((keys ^ (keys >> 7)).tobytes(), np.int8).reshape(-1, 8)
    start = 8 * ((keys >> 9) & 3)
    for step in range(4):
        made[np.arange(len(keys)), start + step * 2] += noise[:, step % 8] >> 5
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(CONTENT_BYTES), len(keys), [None, pa.py_buffer(made.tobytes())]
    )
