# ruff: noqa: S101 - by contract a fault is an AssertionError
"""For authors of signals: a small honest log, and `check_signal`, which holds a signal to its contract.

Needs the development dependency sqlglot for the portable-subset check.
"""

from __future__ import annotations

import functools
import pickle
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines import DuckDBEngine
from stillwatch.partials.relations import register_views, replace_daily
from stillwatch.schema import ACCOUNTS, CONTRACTS, LAKE, MODELS
from stillwatch.signals import Signal, build_units, judge_all
from stillwatch.signals.base import BUNDLE_KINDS, TENANT_KINDS, Family
from stillwatch.signals.measure import make_helpers

__all__ = ["SECTIONS", "START", "check_portable", "check_signal", "honest_log", "small_world"]

START = datetime(2026, 3, 2, tzinfo=UTC)
SECTIONS = ("What it looks for", "Why it matters", "Innocent look-alikes", "When it is blind", "Example")

# What a signal may need: columns of the lake, and of the tables beside it.
TABLES = {"": LAKE, "models.": MODELS, "accounts.": ACCOUNTS, "contracts.": CONTRACTS}

# The portable subset (docs/decisions): what means the same on every engine that the SQL is run on.
_FUNCTIONS = frozenset(
    {
        "ABS",
        "AVG",
        "CASE",
        "CAST",
        "COALESCE",
        "CONCAT",
        "COUNT",
        "FLOOR",
        "LN",
        "MAX",
        "MIN",
        "ROUND",
        "SUM",
        "AND",
        "OR",
    }
    | {"ROW_NUMBER", "RANK", "SQRT", "IF", "EXISTS"}
)


def honest_log(accounts: int = 240, days: int = 8, seed: int = 0) -> pa.Table:
    """Lake rows of ordinary customers: heavy-tailed volumes, sessions, own topics, a few innocent look-alikes.

    Accounts come in companies of four (org_id); one in three has none. One request in fifty is refused and sent again
    by the same account; a company in six also comes through a cloud. Deterministic for its arguments.
    """
    random = np.random.default_rng(seed)
    rate = random.lognormal(1.6, 1.0, accounts)
    counts = random.poisson(np.repeat(rate[:, None], days, axis=1) * (random.random((accounts, days)) < 0.8))
    owner, day = (np.repeat(side.ravel(), counts.ravel()) for side in np.indices(counts.shape))
    rows = len(owner)

    def habit(share: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return (random.random(accounts) < share)[owner]

    keys = random.permutation(accounts).astype(np.int64) * 1_000_003 + 17
    ts_us = int(START.timestamp() * 1e6) + ((day + random.beta(3, 3, rows)) * 86_400e6).astype(np.int64)
    skills = np.array(["chat", "coding", "extraction", "translation", "reasoning", "agentic"])
    # A company in three has one product and hence one skill; others do what their people like.
    team = owner // 4
    one_product = team % 3 == 0
    taste = np.where(one_product, (team // 3) % 5 + 1, random.integers(0, 6, accounts)[owner])
    skill = np.where(random.random(rows) < np.where(one_product, 0.97, 0.6), taste, random.integers(0, 6, rows))
    topic = (random.integers(0, 4096, accounts)[owner] + 37 * random.geometric(0.15, rows)) % 4096
    batch = habit(0.1)
    turns = np.where(batch, 1, random.geometric(0.5, rows))
    session = np.where(random.random(rows) < 0.5, rows + np.arange(rows), owner * 100 + day * 10 + turns % 3)
    biased = habit(0.02)
    number = np.arange(rows)
    more = np.random.default_rng([seed, 1])
    refused = more.random(rows) < 0.02
    # A refused request comes again as the next row of the same account; a conversation goes on in the same way.
    again = np.roll(refused, 1) & (np.roll(owner, 1) == owner)
    on = (turns > 1) & (np.roll(owner, 1) == owner)
    home = np.array(["US", "IN", "BR", "DE", "JP"])[more.integers(0, 5, accounts)]
    thought = more.random(rows) < 0.5
    issued = np.roll(thought, 1) & on
    table = pa.table(
        {
            "ts_us": ts_us,
            "hour": (ts_us // 3_600_000_000).astype(np.int32),
            "account_key": keys[owner],
            "exchange_key": random.permutation(rows).astype(np.int64) + 1,
            "exchange_id": [f"honest-{row}" for row in range(rows)],
            "account_id": [f"customer-{one}" for one in owner],
            "org_id": [f"company-{one}" if one % 3 else None for one in team],
            "session_id": [None if one else f"s{number}" for one, number in zip(batch, session, strict=True)],
            "model": np.where((day >= days // 2) & (random.random(rows) < 0.1), "new", "old"),
            "turns": turns.astype(np.int16),
            "input_tokens": random.lognormal(6, 1.2, rows).astype(np.int32),
            "output_tokens": random.lognormal(5.4, 0.8, rows).astype(np.int32),
            "max_tokens": np.where(habit(0.1), 4096, 1024),
            "logprobs": biased,
            "top_logprobs": np.where(biased, 2, 0).astype(np.int16),
            "logit_bias_size": pa.array(np.full(rows, 3, np.int32), mask=~biased),
            "logit_bias_hash": pa.array(owner, mask=~biased),
            "parameters": owner * 3 + random.integers(0, 3, rows),
            "system_hash": pa.array(team // 2, mask=habit(0.4)),
            "stack": owner % 12,
            "prompt_hash": np.where(random.random(rows) < 0.1, owner * 7, np.arange(rows) + 10**6),
            "skeleton": pa.array(team + 500, mask=random.random(rows) < 0.8),
            "opening": random.integers(0, 10**9, rows),
            "topic": topic.astype(np.int32),
            "skill": skills[skill],
            "channel": np.where((team % 6 == 0) & (more.random(rows) < 0.3), "cloud:one", "api"),
            "country": home[owner],
            "key_id": [f"key-{one}" for one in owner * 2 + number % 2],
            "end_user_id": [f"user-{one % 40}" if batch_ else None for one, batch_ in zip(number, batch, strict=True)],
            "ip_network": owner // 2,
            "n": np.where(more.random(rows) < 0.01, 2, 1),
            "status": np.where(refused, 429, 200).astype(np.int16),
            "body_hash": np.where(again, number - 1, number),
            "prefix_hash": pa.array(4 * (number - 1), mask=~on),
            "conversation_hash": 4 * number,
            "reasoning_hash": pa.array(7 * number + 1, mask=~thought),
            "replayed_hash": pa.array(7 * (number - 1) + 1, mask=~issued),
            "seed_set": np.where(more.random(rows) < 0.01, 1000, 0).astype(np.int16),
            "language": np.array(["en", "hi", "pt", "de", "ja"])[more.integers(0, 5, accounts)][owner],
            "dataset_shape": np.minimum(random.gamma(1, 80, rows), 1000).astype(np.int16),
            **{
                f"asks_{what}": np.minimum(random.gamma(1, 40, rows) + 500 * habit(0.03), 1000).astype(np.int16)
                for what in ("reasoning", "grading", "generation")
            },
        }
    )
    # A few near-repeats of the prompt before.
    prompt = table.column("prompt_hash").to_numpy()
    band = np.where(more.random(rows) < 0.03, np.roll(prompt, 1), prompt)
    chars = np.minimum(more.lognormal(4.6, 0.9, rows), 20_000).astype(np.int32)
    choice = np.where(more.random(rows) < 0.05, 900, 29).astype(np.int16)
    made = {"band_0": pa.array(band), "prompt_chars": pa.array(chars), "asks_choice": pa.array(choice)}
    for name, column in made.items():
        table = table.append_column(name, column)
    return LAKE.conform(table)


@contextmanager
def small_world(
    log: pa.Table,
    members: Mapping[str, list[int]],
    *,
    released: bool = True,
    people: Mapping[int, Mapping[str, object]] | None = None,
    without: Collection[str] = (),
) -> Iterator[DuckDBEngine]:
    """An engine with the lake's views over `log`, a priced model table, and units for the groups in `members`.

    `members`: group id to account keys. `released`: whether the models' release times are known. `people`: columns of
    the account table for some accounts, by key; the others signed up in the year before START, and one in forty was
    banned. `without`: columns that are NULL, as `accounts.<column>`.
    """
    pairs = [(group, key) for group, keys in members.items() for key in keys]
    group_ids, keys = ([pair[place] for pair in pairs] for place in (0, 1))
    table = {"group_id": pa.array(group_ids, pa.string()), "account_key": pa.array(keys, pa.int64())}
    with _bare_world(log, released=released, people=people, without=without) as engine:
        build_units(engine, pa.table(table), 0)
        yield engine


@contextmanager
def _bare_world(
    log: pa.Table,
    *,
    released: bool = True,
    people: Mapping[int, Mapping[str, object]] | None = None,
    without: Collection[str] = (),
) -> Iterator[DuckDBEngine]:
    """A small world with nobody to judge, which is enough to add up partials and takes half the time."""
    accounts = _account_table(log, people or {}, without)
    at = [START - timedelta(days=300), START + timedelta(days=4)] if released else [None, None]
    models = {"model": ["old", "new"], "released_at": at, "input_price": [1.0, 3.0], "output_price": [4.0, 15.0]}
    with DuckDBEngine(memory="1GB", threads=1) as engine:
        engine.register("exchanges", log)
        engine.register("accounts", accounts)
        engine.register(
            "models", MODELS.conform(pa.table({**models, "released_at": pa.array(at, MODELS.arrow.field(1).type)}))
        )
        engine.register("contracts", CONTRACTS.arrow.empty_table())
        register_views(engine)
        replace_daily(engine)  # as a scan does: what is read again and again is worked out once
        yield engine


def _account_table(log: pa.Table, people: Mapping[int, Mapping[str, object]], without: Collection[str]) -> pa.Table:
    owners = log.select(["account_id", "account_key", "org_id", "country"]).group_by(["account_id", "account_key"])
    known = owners.aggregate([("org_id", "max"), ("country", "max")])
    known = known.rename_columns(["account_id", "account_key", "org_id", "billing_country"])
    # Facts hang on the name and not on the order of the rows, and survive a renaming of the keys.
    order = {name: place for place, name in enumerate(sorted(known.column("account_id").to_pylist()))}
    rows = []
    for row in known.to_pylist():
        place = order[row["account_id"]]
        row |= {
            "plan": "paid",
            "programme": "research" if place % 8 < 4 else None,
            "created_at": START - timedelta(days=1 + 37 * place % 360, hours=place % 24),
            "banned_at": START + timedelta(days=place % 6, hours=place % 24) if place % 40 == 7 else None,
            "billing_country": "FR" if place % 20 == 3 else row["billing_country"],
        } | dict(people.get(row["account_key"], {}))
        rows.append({name: None if f"accounts.{name}" in without else value for name, value in row.items()})
    table = ACCOUNTS.conform(
        pa.Table.from_pylist(rows, schema=ACCOUNTS.arrow) if rows else ACCOUNTS.arrow.empty_table()
    )
    table = table.append_column("account_key", pa.array([row["account_key"] for row in rows], pa.int64()))
    return table.append_column("signup_network", pa.nulls(len(rows), pa.int64()))


_ordinary_log = functools.cache(honest_log)  # one for all signals that a process checks


def check_signal(signal: Signal) -> None:
    """Raise AssertionError, naming the fault, unless `signal` keeps the contract of `stillwatch.signals.base`."""
    _check_attributes(signal)
    twin = pickle.loads(pickle.dumps(signal))  # noqa: S301 - our own bytes, made on this line
    assert twin.account_sql() == signal.account_sql(), f"{signal!r} changes when it is pickled"
    for text in (signal.exchange_sql(), signal.account_sql(), signal.again_sql(), signal.unit_sql("units")):
        check_portable(text or "SELECT 1")
    log = _ordinary_log()
    order = np.random.default_rng(1).permutation(log.num_rows)
    group = pc.unique(log.column("account_key")).to_pylist()[:12]
    with small_world(log, {"g": group}) as engine:
        assert judge_all(engine, ["g"], signals=[signal])[0].weight is not None, f"{signal!r} judges no ordinary log"
        whole = _partials(engine, signal, "exchanges")
        _check_days(engine, signal, whole)
    with _bare_world(log.take(order)) as engine:
        make_helpers(engine, signal, {}, signal.account_sql())
        assert signal.prepare(engine)
        assert _partials(engine, signal, "exchanges") == whole, f"{signal!r} depends on the order of rows"
    _check_renamed(signal, log, whole)
    for name in sorted(signal.needs):
        _check_blind(signal, log, name, group)


def _check_attributes(signal: Signal) -> None:
    assert re.fullmatch(r"SW\d{3}", signal.code), f"{signal!r}: a code is SW and three digits"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", signal.name), f"{signal!r}: a name is words joined by hyphens"
    assert signal.family in get_args(Family), f"{signal!r}: no family {signal.family!r}"
    assert re.fullmatch(r"AML\.T\d{4}(\.\d{3})?", signal.atlas), f"{signal!r}: {signal.atlas!r} is no ATLAS technique"
    assert signal.minimum_trials > 0, f"{signal!r}: minimum_trials must be positive"
    assert set(signal.reference) <= {*TENANT_KINDS, *BUNDLE_KINDS}, f"{signal!r}: unknown kind of reference"
    for name in signal.needs:
        table, dot, column = name.rpartition(".")
        assert column in TABLES.get(table + dot, ()), f"{signal!r} needs {name!r}, which no table has"
    places = [(signal.__doc__ or "").find(f"{section}:") for section in SECTIONS]
    assert -1 not in places and places == sorted(places), f"{signal!r}: its docstring needs {', '.join(SECTIONS)}"


def check_portable(text: str) -> None:
    """Raise AssertionError, naming the construct, unless this SQL stays in the portable subset."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(text, read="duckdb")
    for node in tree.walk():
        if isinstance(node, exp.Func) and not isinstance(node, exp.Anonymous):
            assert node.sql_name() in _FUNCTIONS, f"{node.sql_name()} is outside the portable subset"
        refused = (exp.Anonymous, exp.Unnest, exp.Lateral, exp.IntDiv, exp.Rand, exp.ApproxDistinct, exp.Qualify)
        assert not isinstance(node, refused), f"{node.sql()[:60]!r} is outside the portable subset"
        assert not (isinstance(node, exp.Count) and node.find(exp.Distinct)), "count(DISTINCT …): group twice instead"
        if isinstance(node, exp.Select) and node.is_star:
            assert not node.args.get("joins"), "SELECT * from a join: name the columns"
        if isinstance(node, exp.Join):
            equal = node.args.get("on") and node.args["on"].find(exp.EQ)
            assert equal and not node.args["on"].find(exp.GT, exp.LT, exp.GTE, exp.LTE), "join on equality only"
    assert sqlglot.transpile(text, read="duckdb", write="spark"), "cannot be written as Spark SQL"


def _partials(engine: DuckDBEngine, signal: Signal, relation: str) -> dict[tuple[object, ...], tuple[int, ...]]:
    rows = engine.fetch(signal.account_sql(relation)).to_pylist()
    keys, sums = signal.partial_keys, signal.partial_sums
    assert not rows or set(rows[0]) == {*keys, *sums}, f"{signal!r}: account_sql gives {sorted(rows[0])}"
    partials = {tuple(row[key] for key in keys): tuple(row[name] for name in sums) for row in rows}
    assert len(partials) == len(rows), f"{signal!r}: two rows with the same keys"
    assert all(type(value) is int for values in partials.values() for value in values), (
        f"{signal!r}: sums must be integers"
    )
    return partials


def _check_days(engine: DuckDBEngine, signal: Signal, whole: dict[tuple[object, ...], tuple[int, ...]]) -> None:
    added: dict[tuple[object, ...], tuple[int, ...]] = {}
    # Whole days in three parts, which is as telling as one by one and takes less time.
    for part in (0, 24, 48):
        engine.view("some_days", f"SELECT * FROM exchanges WHERE (hour - hour % 24) % 72 = {part}")
        for key, sums in _partials(engine, signal, "some_days").items():
            before = added.get(key, (0,) * len(sums))
            added[key] = tuple(old + new for old, new in zip(before, sums, strict=True))
    assert added == whole, f"{signal!r}: the partials of single days do not add up to those of all days"


def _check_renamed(signal: Signal, log: pa.Table, whole: dict[tuple[object, ...], tuple[int, ...]]) -> None:
    # x -> 7 - 3x keeps keys apart and reverses their order.
    renamed = {
        "account_key": pc.subtract(7, pc.multiply(log.column("account_key"), 3)),
        "account_id": pc.binary_join_element_wise(log.column("account_id"), "renamed", "-"),
    }
    for name, column in renamed.items():
        log = log.set_column(log.schema.get_field_index(name), name, column)
    with _bare_world(log) as engine:
        make_helpers(engine, signal, {}, signal.account_sql())
        assert signal.prepare(engine)
        found = _partials(engine, signal, "exchanges")
    expected = {(7 - 3 * int(str(key[0])), *key[1:]): sums for key, sums in whole.items()}
    assert found == expected, f"{signal!r} depends on what accounts are called"


def _check_blind(signal: Signal, log: pa.Table, name: str, group: list[int]) -> None:
    if "." not in name:
        if LAKE[name].required:
            return
        place = log.schema.get_field_index(name)
        log = log.set_column(place, name, pa.nulls(log.num_rows, LAKE[name].type))
    with small_world(log, {"g": group}, released=not name.startswith("models."), without=[name]) as engine:
        judgement = judge_all(engine, ["g"], signals=[signal])[0]
    blind = (judgement.value, judgement.p_value, judgement.weight) == (None, None, None)
    assert blind, f"{signal!r} judges although {name} is NULL everywhere"
    assert name in judgement.text, f"{signal!r} does not say that it lacks {name}"
