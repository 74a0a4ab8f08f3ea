"""The relations that stand between the log and those who read it.

    account_days(account_key, day_start, org_id, model, account_id, country, exchanges, first_us, last_us, tasks,
                 resells, asking, prompts, with_end_user, input_tokens, output_tokens, paid_tokens, token_rows)
    account_totals(account_key, account_id, org_id, country, exchanges, first_us, last_us, tasks, resells, asking)
    account_values(place, account_key, value, exchanges)      values of `SMALL` columns; of one: seen_<column>
    retries(account_key, body_hash, ts_us, exchange_id, refused)     refused requests, and what may be one tried again
    shared_<name>(account_key, value)                         values of `LARGE` columns that two accounts have
    filled(all_rows, <every column>)                          rows that carry each column
    recurring_prompts(account_key, value, times)              who asked a prompt, at least where it is asked again
    repeated_prompts(prompt_hash, askings)                    prompts asked more than once

`DAILY` are additive: kept by day, they are read as they are, so a reader adds up over them and never takes one row an
account for granted. `account_totals` are the days added up, once for all who ask by account. All are views of
`exchanges` until something faster takes their place.
"""

from __future__ import annotations

import pyarrow as pa

from stillwatch.engines import Engine, load_query
from stillwatch.schema import LAKE

__all__ = [
    "BETWEEN", "DAILY", "HELD", "LARGE", "SMALL", "register_views", "replace_daily", "replace_filled",
    "replace_recurring", "replace_totals",
]  # fmt: skip

DAILY = ("account_days", "account_values", "retries")
BETWEEN = ("retries",)  # of these: what is in it hangs on several accounts together
SMALL = ("stack", "parameters", "tools_hash", "system_hash", "skeleton", "ip_network", "logit_bias_hash")
# Nearly as many values as exchanges. A prompt's template is its skeleton, or its opening words where it has none.
LARGE = {
    "band_0": "band_0",
    "band_1": "band_1",
    "body_hash": "body_hash",
    "template": "CASE WHEN prompt_hash IS NOT NULL THEN coalesce(skeleton, opening) END",
}
HELD = {"prompt_hash": "prompt_hash", **LARGE}  # of which those that occur more than once are looked for
_PACKAGE = "stillwatch.partials"


def register_views(engine: Engine) -> None:
    """Make every relation a view of `exchanges`."""
    for name in DAILY:
        engine.view(name, load_query(_PACKAGE, name))
    engine.view("account_totals", load_query(_PACKAGE, "account_totals"))
    for place, column in enumerate(SMALL):
        engine.view(
            f"seen_{column}",
            f"SELECT account_key, value, exchanges FROM account_values WHERE place = {place} AND value IS NOT NULL",
        )
    for name, column in LARGE.items():
        engine.view(f"held_{name}", f"SELECT account_key, {column} AS value FROM exchanges")
        engine.view(f"shared_{name}", load_query(_PACKAGE, "shared_values", source=f"held_{name}"))
    counts = ", ".join(f"CAST(count({name}) AS BIGINT) AS {name}" for name in LAKE.names)
    engine.view("filled", f"SELECT CAST(count(*) AS BIGINT) AS all_rows, {counts} FROM exchanges")
    engine.view(
        "recurring_prompts",
        "SELECT account_key, prompt_hash AS value, CAST(1 AS BIGINT) AS times FROM exchanges "
        "WHERE prompt_hash IS NOT NULL",
    )
    engine.view("repeated_prompts", load_query(_PACKAGE, "repeated_prompts", source="recurring_prompts"))


def replace_daily(engine: Engine, source: str = "") -> None:
    """Let the daily relations stand on tables: `<source><name>` where a source is named, else made from the log now."""
    for name in DAILY:
        if not source:
            engine.materialise(f"kept_{name}", load_query(_PACKAGE, name))
        engine.view(name, f"SELECT * FROM {source or 'kept_'}{name}")
    replace_totals(engine)


def replace_totals(engine: Engine) -> None:
    """Let the totals of the accounts stand on a table, made now from `account_days`."""
    engine.materialise("kept_account_totals", load_query(_PACKAGE, "account_totals"))
    engine.view("account_totals", "SELECT * FROM kept_account_totals")


def replace_filled(engine: Engine, rows: int, counts: dict[str, int]) -> None:
    """Let `filled` stand on counts that are known without a look at the log; a column that has none has 0."""
    row = {"all_rows": [rows]} | {name: [counts.get(name, 0)] for name in LAKE.names}
    engine.register("filled", pa.table(row, schema=pa.schema([(name, pa.int64()) for name in row])))


def replace_recurring(engine: Engine) -> None:
    """Let the shared values and the repeated prompts stand on what was found: tables `recurring_<column>` of `HELD`.

    They have (account_key, value, times), an account and value once: of prompts those asked twice, of each of `LARGE`
    the values that two accounts have.
    """
    for name in LARGE:
        engine.view(f"shared_{name}", f"SELECT account_key, value FROM recurring_{name}")
    engine.view("recurring_prompts", "SELECT account_key, value, times FROM recurring_prompt_hash")
    engine.materialise("kept_repeated_prompts", load_query(_PACKAGE, "repeated_prompts", source="recurring_prompts"))
    engine.view("repeated_prompts", "SELECT * FROM kept_repeated_prompts")
