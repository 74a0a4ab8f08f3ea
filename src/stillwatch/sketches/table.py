"""Exchanges in, lake rows out: every column of `schema.LAKE`, in the order of the rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillwatch.schema import CONTENT_BYTES, EXCHANGES, LAKE, TEXT_COLUMNS
from stillwatch.sketches.addresses import network_column, parse_addresses
from stillwatch.sketches.buffers import from_hashes, one_chunk, text_of, valid_of
from stillwatch.sketches.hashing import hash_column, hash_sets, hash_tuples, purpose
from stillwatch.sketches.keys import Constants, constants
from stillwatch.sketches.lexicon import LANGUAGES, SCORES, SKILLS
from stillwatch.sketches.messages import conversation_hashes, user_turns
from stillwatch.sketches.networks import Networks
from stillwatch.sketches.reasoning import issued_hashes, presented_hashes
from stillwatch.sketches.rows import HASHES, Rows, sketch_texts
from stillwatch.sketches.seeds import seed_matches

__all__ = ["sketch"]

BATCH = 16_384  # rows at a time: bounds what the features of long conversations need
_BATCH_BYTES = 1 << 29
_HOUR_US = 3_600_000_000
_PARAMETERS = ("temperature", "top_p", "max_tokens", "n", "stream", "response_format", "logprobs")


def sketch(
    table: pa.Table, *, key: bytes | None = None, keep_text: bool = True, networks: Networks | None = None
) -> pa.Table:
    """EXCHANGES rows as LAKE rows (exactly `LAKE.arrow`), in the same order.

    key: the installation's secret (16 to 64 bytes); every hash is made with it. keep_text=False leaves text columns
    and addresses NULL. networks fills `asn` where the log has none. Columns that `table` lacks count as NULL.
    Raises pa.ArrowInvalid where a column cannot be cast to its type without loss.
    """
    known = table.select([name for name in table.column_names if name in EXCHANGES])
    done: list[pa.Table] = []
    waiting = [known.slice(at, BATCH) for at in range(0, known.num_rows, BATCH)][::-1]
    while waiting:
        part = waiting.pop()
        if part.num_rows > 1 and part.nbytes > _BATCH_BYTES:
            half = part.num_rows // 2
            waiting += [part.slice(half), part.slice(0, half)]
        else:
            done.append(_sketch_part(EXCHANGES.conform(part), key, keep_text, networks))
    return pa.concat_tables(done) if done else LAKE.arrow.empty_table()


def _sketch_part(table: pa.Table, key: bytes | None, keep_text: bool, networks: Networks | None) -> pa.Table:
    table = table.combine_chunks()
    fixed = constants(key)
    columns: dict[str, pa.Array] = {name: one_chunk(table.column(name)) for name in EXCHANGES.names}
    columns |= _moments(columns["ts"])
    columns["account_key"] = hash_column(columns["account_id"], key=key)
    columns["exchange_key"] = hash_column(columns["exchange_id"], key=key, kind="exchange")
    addresses = parse_addresses(columns["ip"])
    columns["ip_network"] = network_column(addresses, key)
    if networks is not None and columns["asn"].null_count:
        columns["asn"] = pc.coalesce(columns["asn"], networks.asn(addresses))
    columns["stack"] = hash_tuples([columns["user_agent"], columns["tls_fingerprint"]], key=key, kind="stack")
    columns["parameters"] = hash_tuples([columns[name] for name in _PARAMETERS], key=key, kind="parameters")
    columns["logit_bias_size"], columns["logit_bias_hash"] = hash_sets(columns["logit_bias"], key=key, kind="bias")
    columns["tools_size"], columns["tools_hash"] = hash_sets(columns["tools"], key=key, kind="tools")
    columns |= _text_columns(columns, fixed, key)
    columns["reasoning_hash"] = issued_hashes(columns["reasoning"], key)
    spoken = [columns["system_prompt"], columns["prompt"]]
    columns["replayed_hash"] = presented_hashes(columns["messages"], spoken, key)
    if not keep_text:
        columns |= {name: pa.nulls(table.num_rows, pa.string()) for name in (*TEXT_COLUMNS, "ip")}
    columns["reasoning_text"] = columns["reasoning"]
    return pa.table([columns[column.name] for column in LAKE.columns], schema=LAKE.arrow)


def _moments(ts: pa.Array) -> dict[str, pa.Array]:
    micros = ts.cast(pa.int64())
    hours = np.floor_divide(micros.fill_null(0).to_numpy(zero_copy_only=False), _HOUR_US)
    return {"ts_us": micros, "hour": pa.array(hours.astype(np.int32), mask=~valid_of(ts))}


def _text_columns(columns: dict[str, pa.Array], fixed: Constants, key: bytes | None) -> dict[str, pa.Array]:
    """Everything that is made of words."""
    rows = len(columns["prompt"])
    prompt = text_of(columns["prompt"])
    system, system_row = _systems(columns["system_prompt"], fixed)
    turns = user_turns(columns["messages"], _wants_turns(columns))
    spoken = sketch_texts(text_of(turns.texts), fixed, groups=turns.groups())
    earlier_row = np.full(rows, -1, np.int64)
    earlier_row[turns.rows] = len(system.features) + np.arange(len(turns.rows))
    priors = np.zeros((len(system.features) + len(turns.rows), system.features.shape[1]), np.int32)
    priors[: len(system.features)] = system.features
    priors[len(system.features) : len(system.features) + len(spoken.features)] = spoken.features
    offered = columns["tools_size"].fill_null(0).to_numpy(zero_copy_only=False) > 0
    found = sketch_texts(prompt, fixed, priors=priors, prior_rows=np.stack([system_row, earlier_row]), tools=offered)
    any_words = found.present[:, 0] | (system_row >= 0) | (earlier_row >= 0)
    made = _columns(found, prompt.valid, any_words)
    made["seed_set"] = pa.array(seed_matches(prompt), mask=~prompt.valid)
    has_system = system_row >= 0
    made["system_hash"] = from_hashes(
        system.hashes[system_row, HASHES.index("system_hash")] if len(system.hashes) else np.zeros(rows, np.uint64),
        has_system,
    )
    prefix, whole = conversation_hashes(spoken.folded, turns.first, fixed, purpose("turns"))
    made |= _conversations(columns["turns"], found, turns.rows, turns.first, prefix, whole, fixed)
    made["body_hash"] = _bodies(columns, found, system_row, system, key)
    return made


def _systems(column: pa.Array, fixed: Constants) -> tuple[Rows, NDArray[np.int64]]:
    """Each different system prompt sketched once, and which of them each row has (-1: none, or no words)."""
    coded = column.dictionary_encode()
    texts = text_of(coded.dictionary)
    found = sketch_texts(texts, fixed, groups=np.arange(len(texts), dtype=np.int64))
    index = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    spoken = np.append(found.present[:, HASHES.index("system_hash")], False)
    return found, np.where(spoken[index], index, -1)


def _wants_turns(columns: dict[str, pa.Array]) -> NDArray[np.bool_]:
    """Rows whose messages must be parsed: several turns, or an unknown number."""
    turns = columns["turns"].fill_null(2).to_numpy(zero_copy_only=False)
    wanted: NDArray[np.bool_] = turns != 1
    return wanted


def _columns(found: Rows, valid: NDArray[np.bool_], any_words: NDArray[np.bool_]) -> dict[str, pa.Array]:
    made: dict[str, pa.Array] = {
        name: from_hashes(found.hashes[:, k], found.present[:, k]) for k, name in enumerate(HASHES[:-1])
    }
    spoken = found.present[:, HASHES.index("opening")]
    made["prompt_chars"] = pa.array(found.characters, mask=~valid)
    made["topic"] = pa.array(found.topic, mask=~spoken)
    content = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(CONTENT_BYTES), len(valid), [_bitmap(spoken), pa.py_buffer(found.content)]
    )
    made["content"] = content
    for k, name in enumerate(SCORES):
        made[name] = pa.array(np.ascontiguousarray(found.scores[:, k]), mask=~any_words)
    made["skill"] = pa.array(SKILLS).take(pa.array(found.skill, mask=~any_words))
    made["language"] = pa.array(LANGUAGES).take(pa.array(found.language, mask=found.language < 0))
    return made


def _bitmap(valid: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(valid, bitorder="little"))


def _conversations(
    turns: pa.Array,
    found: Rows,
    rows: NDArray[np.int64],
    first: NDArray[np.int64],
    prefix: NDArray[np.uint64],
    whole: NDArray[np.uint64],
    fixed: Constants,
) -> dict[str, pa.Array]:
    """prefix_hash and conversation_hash: from the messages where they were parsed, from the prompt in a first turn."""
    _, alone = conversation_hashes(found.folded, np.arange(len(turns) + 1, dtype=np.int64), fixed, purpose("turns"))
    single = turns.fill_null(0).to_numpy(zero_copy_only=False) == 1
    known = single & found.present[:, 0]
    before, has_before = np.zeros(len(turns), np.uint64), np.zeros(len(turns), np.bool_)
    alone[rows], known[rows] = whole, True
    before[rows], has_before[rows] = prefix, np.diff(first) > 1
    return {"prefix_hash": from_hashes(before, has_before), "conversation_hash": from_hashes(alone, known)}


def _bodies(
    columns: dict[str, pa.Array], found: Rows, system_row: NDArray[np.int64], system: Rows, key: bytes | None
) -> pa.Array:
    """Hash of system prompt, conversation and tools; NULL where neither prompt nor messages were logged."""
    parsed = _wants_turns(columns) & valid_of(columns["messages"])
    messages = hash_column(pc.if_else(pa.array(parsed), columns["messages"], pa.scalar(None, pa.string())), key=key)
    systems = np.append(system.folded, np.uint64(0))[system_row]
    said = from_hashes(found.folded, found.present[:, 0] & ~parsed)
    body = hash_tuples(
        [from_hashes(systems, system_row >= 0), said, messages, columns["tools_hash"]], key=key, kind="body"
    )
    return pc.if_else(pa.array(parsed | found.present[:, 0]), body, pa.scalar(None, pa.int64()))
