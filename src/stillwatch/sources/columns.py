"""Rows to Arrow: optimistic by column, exact by value only in the columns that fail."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.schema import EXCHANGES, TEXT_COLUMNS
from stillwatch.sources.exchange import Exchange
from stillwatch.sources.keys import key_name
from stillwatch.sources.times import time_array, within

__all__ = ["coerce", "column_array", "exchanges_table", "finish", "plain"]

_NAMES = EXCHANGES.names
_VALUES = {name: attrgetter(name) for name in _NAMES}
_TYPES = {column.name: column.type for column in EXCHANGES.columns}
_EMPTY_IS_NULL = frozenset(name for name in _NAMES if pa.types.is_string(_TYPES[name])) - set(TEXT_COLUMNS)
_NOT_NEGATIVE = ("turns", "input_tokens", "output_tokens", "reasoning_tokens", "latency_ms", "status", "top_logprobs")
_RAW_KEY = r"^(?i:bearer |basic |token |[a-z0-9]{2,5}[-_]|AIza|AKIA|eyJ)"
_TRUE, _FALSE = frozenset({"true", "1", "t", "yes"}), frozenset({"false", "0", "f", "no"})
_FAILURES = (pa.ArrowException, TypeError, ValueError, OverflowError)


def coerce(value: Any, kind: pa.DataType) -> Any:
    """`value` as `kind` without loss of meaning. Raises ValueError, in words without the value, where it is not one."""
    if value is None:
        return None
    if pa.types.is_string(kind):
        return _text(value)
    if pa.types.is_boolean(kind):
        word = str(value).strip().lower() if isinstance(value, (bool, int, str)) else ""
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        raise ValueError("is not true or false")
    if pa.types.is_integer(kind):
        number = _number(value)
        if number is None:
            return None
        if number != int(number):
            raise ValueError("is not a whole number")
        bound = 1 << (kind.bit_width - 1)
        if not -bound <= number < bound:
            raise ValueError(f"does not fit {kind}")
        return int(number)
    if pa.types.is_floating(kind):
        number = _number(value)
        if number is not None and kind.bit_width == 32 and abs(number) > 3.4e38:
            raise ValueError(f"does not fit {kind}")
        return None if number is None else float(number)
    if pa.types.is_list(kind):
        return _items(value, kind.value_type)
    if pa.types.is_timestamp(kind):
        moment = time_array([value])[0]
        if not moment.is_valid:
            raise ValueError("is no time between 2000 and 2100")
        return moment.as_py()
    raise ValueError(f"cannot be read as {kind}")


def column_array(name: str, values: Sequence[Any], kind: pa.DataType) -> tuple[pa.Array, dict[int, str]]:
    """One column of `values` as `kind`, and the reason for each row whose value is not one (NULL there)."""
    types = set(map(type, values))  # one pass at C speed tells all that the common case must know
    if types <= {type(None)}:
        return pa.nulls(len(values), kind), {}
    if pa.types.is_timestamp(kind):
        array = time_array(values)
        if array.null_count == 0:
            return array, {}
        wrong = [row for row in np.flatnonzero(array.is_null()).tolist() if values[row] not in (None, "")]
        return array, dict.fromkeys(wrong, f"{name} is no time between 2000 and 2100")
    if not (pa.types.is_integer(kind) and float in types):
        try:
            return _checked(pa.array(values, kind)), {}
        except _FAILURES:
            pass
    reasons: dict[int, str] = {}
    exact: list[Any] = []
    for row, value in enumerate(values):
        try:
            exact.append(coerce(value, kind))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            reasons[row] = f"{name} {error}" if isinstance(error, ValueError) else f"{name} cannot be read as {kind}"
            exact.append(None)
    return pa.array(exact, kind), reasons


def exchanges_table(rows: Sequence[Exchange], identify: Callable[[int], str]) -> tuple[pa.Table, dict[int, str]]:
    """The good rows as a table exactly in EXCHANGES.arrow, and the reason for each row that is not one.

    `identify(row)` makes the exchange_id of a row whose log has none.
    """
    if not rows:
        return EXCHANGES.arrow.empty_table(), {}
    arrays: dict[str, pa.Array] = {}
    reasons: dict[int, str] = {}
    for name in _NAMES:
        arrays[name], wrong = column_array(name, plain(name, list(map(_VALUES[name], rows))), _TYPES[name])
        for row, reason in wrong.items():
            reasons.setdefault(row, reason)
    return finish(arrays, reasons, identify)


def finish(
    arrays: Mapping[str, pa.Array], reasons: dict[int, str], identify: Callable[[int], str]
) -> tuple[pa.Table, dict[int, str]]:
    """The table of the rows that have what every exchange must have, and the reason for each that has not.

    `arrays` holds every column in its type; `reasons` those rows that are refused already, and is added to. Empty
    text becomes NULL where it is no one's words, raw API keys become hashes, missing ids are made.
    """
    final: list[pa.Array] = []
    for name in _NAMES:
        array = arrays[name]
        if name in _EMPTY_IS_NULL and array.null_count < len(array):
            array = _without_empty(array)
        if name == "key_id":
            array = _without_keys(array)
        if name in EXCHANGES.required and array.null_count:
            missing = np.flatnonzero(array.is_null()).tolist()
            if name == "exchange_id":
                filled = array.to_pylist()
                for row in missing:
                    filled[row] = identify(row)
                array = pa.array(filled, pa.string())
            else:
                for row in missing:
                    reasons.setdefault(row, _absent(name))
        elif name == "ts":
            array = within(array)
            for row in np.flatnonzero(array.is_null()).tolist():
                reasons.setdefault(row, f"{name} is no time between 2000 and 2100")
        if name in _NOT_NEGATIVE and array.null_count < len(array) and pc.min(array).as_py() < 0:
            for row in np.flatnonzero(pc.less(array, 0).fill_null(False)).tolist():
                reasons.setdefault(row, f"{name} is negative")
        final.append(array)
    table = pa.table(final, schema=EXCHANGES.arrow)
    if reasons:
        keep = np.ones(table.num_rows, dtype=bool)
        keep[list(reasons)] = False
        table = table.filter(pa.array(keep))
    return table, reasons


def _absent(name: str) -> str:
    if name == "ts":
        return "no time: the row says nowhere when the request arrived (ts)"
    return f"no {name}: the row names no customer account"


def plain(name: str, values: Sequence[Any]) -> Sequence[Any]:
    """`values` of a column that some logs write as objects in their plain form; others as they are."""
    if name not in ("messages", "response_format", "latency_ms"):
        return values
    types = set(map(type, values))
    if name == "messages" and types & {list, dict}:
        return [_text(value) if isinstance(value, (list, dict)) else value for value in values]
    if name == "response_format" and dict in types:
        return [str(value.get("type") or "object") if isinstance(value, dict) else value for value in values]
    if name == "latency_ms" and float in types:
        return [round(value) if type(value) is float and math.isfinite(value) else value for value in values]
    return values


def _checked(array: pa.Array) -> pa.Array:
    """Refuses infinities and NaN, which Arrow lets pass; raises ValueError."""
    if pa.types.is_floating(array.type) and not pc.all(pc.is_finite(array)).as_py():
        raise ValueError("is not a finite number")
    return array


def _without_empty(array: pa.Array) -> pa.Array:
    empty = pc.equal(pc.binary_length(array), 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), array) if pc.any(empty).as_py() else array


def _without_keys(array: pa.Array) -> pa.Array:
    if array.null_count == len(array) or not pc.any(pc.match_substring_regex(array, _RAW_KEY)).as_py():
        return array
    keys = array.dictionary_encode()  # a key is used many times: each is looked at once
    named = pa.array([key_name(value) for value in keys.dictionary.to_pylist()], pa.string())
    return named.take(keys.indices)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if _lone_surrogate(value) else value
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, (list, dict)):
        return msgspec.json.encode(value).decode()
    if isinstance(value, bool):
        raise ValueError("is not text")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ValueError("is not valid UTF-8") from None


def _lone_surrogate(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _number(value: Any) -> int | float | None:
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if len(text) > 40:
            raise ValueError("is not a number")
        try:
            number: int | float = int(text)
        except ValueError:
            try:
                number = float(text)
            except ValueError:
                raise ValueError("is not a number") from None
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = value
    else:
        raise ValueError("is not a number")
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError("is not a finite number")
    return number


def _items(value: Any, kind: pa.DataType) -> list[Any]:
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            raise ValueError("is not a list") from None
    if isinstance(value, dict):
        value = list(value)
    if not isinstance(value, (list, tuple)):
        raise ValueError("is not a list")
    return [coerce(_tool_name(item) if isinstance(item, dict) else item, kind) for item in value]


def _tool_name(tool: dict[str, Any]) -> str:
    inner = tool.get("function")
    name = inner.get("name") if isinstance(inner, dict) else tool.get("name") or tool.get("type")
    if not isinstance(name, str):
        raise ValueError("holds a tool without a name")
    return name
