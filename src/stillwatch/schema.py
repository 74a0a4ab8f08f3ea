"""The tables of the log: the one vocabulary of the whole system.

Readers turn every foreign format into `EXCHANGES`; the sketches turn exchanges into `LAKE` rows; everything
after ingestion reads `LAKE`, `ACCOUNTS`, `MODELS` and `CONTRACTS` and nothing else. A column that a source
lacks is NULL, never 0 and never the empty string.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

__all__ = ["ACCOUNTS", "CONTENT_BYTES", "CONTRACTS", "EXCHANGES", "LAKE", "MODELS", "TEXT_COLUMNS", "Column", "Table"]

TIMESTAMP = pa.timestamp("us", tz="UTC")
CONTENT_BYTES = 64


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, Arrow type, what it means, and whether a row without it is a bad row.

    `one_of`: the only values that it may have, if any; `not_before`: a column of the same row that must not be later.
    """

    name: str
    type: pa.DataType
    meaning: str
    required: bool = False
    one_of: tuple[str, ...] = ()
    not_before: str = ""


@dataclass(frozen=True)
class Table:
    """A named list of columns."""

    name: str
    columns: tuple[Column, ...]

    # Asked for once a row and column in places: worked out once.
    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    @cached_property
    def arrow(self) -> pa.Schema:
        return pa.schema([pa.field(column.name, column.type) for column in self.columns])

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def __getitem__(self, name: str) -> Column:
        if name not in self._by_name:
            raise KeyError(f"{self.name} has no column {name!r}")
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def conform(self, table: pa.Table) -> pa.Table:
        """The same rows with exactly this table's columns, in order: missing ones NULL, others dropped.

        Raises pa.ArrowInvalid where a value cannot be cast without loss.
        """
        present = set(table.column_names)
        arrays = [
            table.column(column.name).cast(column.type)
            if column.name in present
            else pa.nulls(table.num_rows, column.type)
            for column in self.columns
        ]
        return pa.table(arrays, schema=self.arrow)


EXCHANGES = Table(
    "exchanges",
    (
        Column("ts", TIMESTAMP, "when the request arrived", required=True),
        Column(
            "exchange_id", pa.string(), "unique; derived from file and position where a log has none", required=True
        ),
        Column("account_id", pa.string(), "the customer account that made the request", required=True),
        Column("key_id", pa.string(), "hash of the API key"),
        Column("org_id", pa.string(), "paying organisation, where the log itself carries it"),
        Column("end_user_id", pa.string(), "the customer's own end user, as the customer reports it"),
        Column("session_id", pa.string(), "conversation"),
        Column("channel", pa.string(), "api, app, batch, cloud:<name>, reseller:<name>"),
        Column("ip", pa.string(), "client address, v4 or v6"),
        Column("asn", pa.int32(), "autonomous system; looked up offline from ip where NULL"),
        Column("country", pa.string(), "ISO 3166-1 alpha-2 of ip"),
        Column("user_agent", pa.string(), "as sent"),
        Column("tls_fingerprint", pa.string(), "JA4 or JA3"),
        Column("model", pa.string(), "the model asked for"),
        Column("operation", pa.string(), "chat, completion, embedding, batch"),
        Column("system_prompt", pa.string(), "the system prompt"),
        Column("prompt", pa.string(), "the last user message"),
        Column("messages", pa.string(), "JSON list of {role, content}: the whole request, where it was logged"),
        Column("turns", pa.int16(), "user turns in the request"),
        Column("response", pa.string(), "the answer"),
        Column("reasoning", pa.string(), "reasoning or thinking text that was returned"),
        Column("finish_reason", pa.string(), "why the answer ended"),
        Column("input_tokens", pa.int32(), "tokens"),
        Column("output_tokens", pa.int32(), "tokens"),
        Column("reasoning_tokens", pa.int32(), "tokens"),
        Column("latency_ms", pa.int32(), "milliseconds"),
        Column("status", pa.int16(), "HTTP status"),
        Column("temperature", pa.float32(), "sampling parameter"),
        Column("top_p", pa.float32(), "sampling parameter"),
        Column("max_tokens", pa.int64(), "sampling parameter"),
        Column("n", pa.int64(), "answers asked for"),
        Column("seed", pa.int64(), "sampling parameter"),
        Column("stream", pa.bool_(), "streamed answer"),
        Column("logprobs", pa.bool_(), "token log-probabilities asked for"),
        Column("top_logprobs", pa.int16(), "how many alternatives"),
        Column("logit_bias", pa.list_(pa.int64()), "the biased token ids"),
        Column("response_format", pa.string(), "output format asked for"),
        Column("tools", pa.list_(pa.string()), "names of the tools offered"),
    ),
)

ACCOUNTS = Table(
    "accounts",
    (
        Column("account_id", pa.string(), "the account", required=True),
        Column("org_id", pa.string(), "billing owner"),
        Column("created_at", TIMESTAMP, "when it was opened"),
        Column("plan", pa.string(), "free, paid, enterprise, …"),
        Column("programme", pa.string(), "education, research, startup, …"),
        Column("channel", pa.string(), "as in exchanges"),
        Column("email_domain", pa.string(), "domain of the sign-up address"),
        Column("email_shape", pa.string(), "letters a, digits 9, others kept, runs folded: jane.doe77 → a.a9"),
        Column("payment_id", pa.string(), "fingerprint of the payment instrument"),
        Column("payment_bin", pa.string(), "first 6–8 digits of a card, or the kind of wallet"),
        Column("phone_prefix", pa.string(), "country and operator digits"),
        Column("billing_country", pa.string(), "ISO 3166-1 alpha-2"),
        Column("signup_ip", pa.string(), "address at sign-up"),
        Column("signup_user_agent", pa.string(), "user agent at sign-up"),
        Column("referral", pa.string(), "referral or campaign code"),
        Column("verified", pa.bool_(), "identity was checked"),
        Column("banned_at", TIMESTAMP, "when it was closed by the provider"),
    ),
)

MODELS = Table(
    "models",
    (
        Column("model", pa.string(), "the model", required=True),
        Column("released_at", TIMESTAMP, "when it could first be used"),
        Column("input_price", pa.float64(), "US dollars per million tokens"),
        Column("output_price", pa.float64(), "US dollars per million tokens"),
    ),
)

CONTRACTS = Table(
    "contracts",
    (
        Column("org_id", pa.string(), "the organisation", required=True),
        Column(
            "kind", pa.string(), "what the contract is", required=True,
            one_of=("reseller", "enterprise", "research", "evaluation", "distillation-licence"),
        ),
        Column("email_domain", pa.string(), "verified domain"),
        Column("allowed_countries", pa.list_(pa.string()), "ISO 3166-1 alpha-2"),
        Column("valid_from", TIMESTAMP, "first moment it holds"),
        Column("valid_to", TIMESTAMP, "last moment it holds", not_before="valid_from"),
    ),
)  # fmt: skip

# Columns of `EXCHANGES` that hold people's words. They are in the lake only where text is kept.
TEXT_COLUMNS = ("system_prompt", "prompt", "messages", "response", "reasoning")

_CARRIED = (
    "exchange_id", "account_id", "key_id", "org_id", "end_user_id", "session_id", "channel", "asn", "country",
    "user_agent", "tls_fingerprint", "model", "operation", "turns", "finish_reason", "input_tokens",
    "output_tokens", "reasoning_tokens", "latency_ms", "status", "temperature", "top_p", "max_tokens", "n",
    "seed", "stream", "logprobs", "top_logprobs", "response_format",
)  # fmt: skip

# One row an exchange, after the sketches. Every hash is a signed 64-bit integer made once, here (engines
# disagree on unsigned integers and on hash functions); scores are integers per mille so that sums are exact
# on every engine. NULL means: the source did not carry what this is made from.
LAKE = Table(
    "lake",
    (
        Column("ts_us", pa.int64(), "arrival, microseconds since 1970 UTC", required=True),
        Column("hour", pa.int32(), "arrival, whole hours since 1970 UTC", required=True),
        Column("account_key", pa.int64(), "hash of account_id", required=True),
        Column("exchange_key", pa.int64(), "hash of exchange_id", required=True),
        *(EXCHANGES[name] for name in _CARRIED),
        Column("ip", pa.string(), "client address; NULL where text is forgotten"),
        Column("ip_network", pa.int64(), "hash of the address's /24 (v4) or /48 (v6)"),
        Column("stack", pa.int64(), "hash of user agent and TLS fingerprint together"),
        Column("parameters", pa.int64(), "hash of the tuple of sampling parameters sent"),
        Column("logit_bias_size", pa.int32(), "biased tokens"),
        Column("logit_bias_hash", pa.int64(), "hash of the set of biased tokens"),
        Column("tools_size", pa.int32(), "tools offered"),
        Column("tools_hash", pa.int64(), "hash of the set of tool names"),
        Column("prompt_chars", pa.int32(), "length of the prompt, in Unicode characters"),
        Column("prompt_hash", pa.int64(), "hash of the prompt, white space and case folded"),
        Column("system_hash", pa.int64(), "hash of the system prompt's slot-free skeleton"),
        Column("skeleton", pa.int64(), "hash of the prompt's slot-free skeleton: its fixed opening and closing words"),
        Column("opening", pa.int64(), "hash of the prompt's first eight words"),
        Column("band_0", pa.int64(), "MinHash band of the prompt's word triples"),
        Column("band_1", pa.int64(), "MinHash band"),
        Column("band_2", pa.int64(), "MinHash band"),
        Column("band_3", pa.int64(), "MinHash band"),
        Column("topic", pa.int32(), "cell of the content sketch: near prompts share cells (0 … 4095)"),
        Column("content", pa.binary(CONTENT_BYTES), "32 little-endian 16-bit ids of words and word pairs"),
        Column("skill", pa.string(), "coding, agentic, reasoning, grading, generation, translation, extraction, chat"),
        Column("language", pa.string(), "ISO 639-1 of the prompt, or the script where words do not tell"),
        Column(
            "asks_reasoning", pa.int16(), "per mille: asks to write the reasoning out, in any turn or the system prompt"
        ),
        Column("asks_grading", pa.int16(), "per mille: asks to grade, rank or compare answers by a rubric"),
        Column("asks_generation", pa.int16(), "per mille: asks to make instructions, questions, variations or data"),
        Column(
            "dataset_shape", pa.int16(), "per mille: slots, output schema, delimiters, numbering of a data set's rows"
        ),
        Column("asks_choice", pa.int16(), "per mille: asks for a closed answer: an option, a label, yes or no"),
        Column("body_hash", pa.int64(), "hash of the whole request body: system prompt, messages, tools"),
        Column("prefix_hash", pa.int64(), "hash of the user turns before the last; NULL in a first turn"),
        Column("conversation_hash", pa.int64(), "hash of all user turns: the prefix_hash of the turn that follows"),
        Column("reasoning_hash", pa.int64(), "hash of the block of reasoning that was issued with the answer"),
        Column("replayed_hash", pa.int64(), "hash of the last block of reasoning that the request presents"),
        Column("seed_set", pa.int16(), "per mille of a public seed's fingerprint that the prompt holds: the best seed"),
        *(
            Column(f"{name}_text" if name == "reasoning" else name, pa.string(), EXCHANGES[name].meaning)
            for name in TEXT_COLUMNS
        ),
    ),
)
