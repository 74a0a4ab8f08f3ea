"""What a gateway takes out of a client's request, and puts into the request that the engine gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys.derivation import derive
from stillwatch.provenance.watermark.keys.master import Master
from stillwatch.provenance.watermark.keys.policy import Assignment
from stillwatch.provenance.watermark.keys.register import Register
from stillwatch.provenance.watermark.samplers.keyring import DELTA, KEY
from stillwatch.provenance.watermark.schemes.engine_keys import engine_setting

__all__ = ["engine_fields", "strip_marks"]

_HOLDERS = frozenset({
    "additionalparams", "body", "customparams", "extra", "extraargs", "extrabody", "generationconfig",
    "generationkwargs", "modelkwargs", "nvext", "options", "parameters", "params", "samplingparameters",
    "samplingparams", "vllmxargs",
})  # fmt: skip
"""Where engines look for settings inside a body. Elsewhere (messages, tools, schemas) the client's words stay."""

_LONGEST = 240
"""Characters of a path that are kept: a hostile body nests as deep as it is long."""


def strip_marks(body: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The request without any field about marks, and the paths of what was taken out, for the log.

    Takes out what is named for watermarks (`watermark`, `watermarking`, `watermark_config`, any letter case) or for us,
    beside the messages and in every place where engines read settings. Call it on the headers too. A client that could
    choose a key would mark for somebody else; one that could switch marks off would. `body` is left as it is.
    """
    made: dict[str, Any] = {}
    removed: list[str] = []
    waiting: list[tuple[str, Mapping[str, Any], dict[str, Any]]] = [("", body, made)]
    while waiting:  # by hand: a hostile body may nest deeper than calls may
        place, given, kept = waiting.pop()
        for field, value in given.items():
            plain = "".join(c for c in str(field).casefold() if c.isalnum())
            path = f"{place[-_LONGEST:]}{str(field)[:60]}"
            if "watermark" in plain or plain.removeprefix("x").startswith("stillwatch"):
                removed.append(path)
            elif plain in _HOLDERS and isinstance(value, Mapping):
                kept[field] = {}
                waiting.append((f"{path}.", value, kept[field]))
            elif plain in _HOLDERS and isinstance(value, list):
                kept[field] = [{} if isinstance(one, Mapping) else one for one in value]
                parts = ((i, one) for i, one in enumerate(value) if isinstance(one, Mapping))
                waiting += [(f"{path}[{i}].", one, kept[field][i]) for i, one in parts]
            else:
                kept[field] = value
    return made, sorted(removed)


def engine_fields(assignment: Assignment, master: Master, register: Register) -> dict[str, Any]:
    """Fields to add to the stripped request. SGLang's hold the key itself: send them to the engine, log `assignment`.

    SGLang's own sampler takes key and context with the request. vLLM's takes one key an engine: send the request to the
    pool of engines that was started for `key_id`. Our own samplers look the key up by its id.
    """
    kind = assignment.scheme.partition(":")[0]
    if kind == "sglang-gumbel":
        key = derive(master, register.get(assignment.key_id).name)
        secret = engine_setting(assignment.scheme, key)
        return {"watermark": {"enabled": True, "key": secret, "context_window": assignment.width}}
    if kind in ("vllm-gumbel", "vllm-dual-gumbel"):
        return {"watermarking": True}
    if kind in ("gumbel", "kgw"):
        strength = {} if assignment.delta is None else {DELTA: assignment.delta}
        return {"vllm_xargs": {KEY: assignment.key_id, **strength}}
    raise BadSettings(f"{assignment.scheme}: no engine takes this scheme with a request.")
