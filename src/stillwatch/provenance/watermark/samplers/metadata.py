"""What is recorded of a marked answer: in a response header, in a log's columns, beside generated text. No secret."""

from __future__ import annotations

import json

import msgspec

from stillwatch.errors import BadInput
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.schemes import scheme_named

__all__ = ["HEADER", "MarkMetadata", "metadata_of", "read_header"]

HEADER = "X-Stillwatch-Mark"
"""For the provider's own log. Strip it from what a client gets, unless clients may know that answers are marked."""


class MarkMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`strength` is the bias in nats, 0 where the scheme has none; `low_entropy` and `once` are as in `Policy`.
    `marked` of `tokens` were drawn under the mark, where that was counted. An empty key id: the answer is unmarked."""

    key_id: str
    scheme: str
    epoch: str
    width: int
    strength: float = 0.0
    low_entropy: float = 0.0
    once: bool = False
    top: int = 0
    marked: int | None = None
    tokens: int | None = None

    def columns(self) -> dict[str, str | int | float | bool | None]:
        """One value for each column of a log, all of them always there."""
        return {f"mark_{name}": getattr(self, name) for name in self.__struct_fields__}

    def header(self) -> str:
        """JSON in one line of ASCII, for `HEADER`."""
        return json.dumps(msgspec.to_builtins(self), ensure_ascii=True, separators=(",", ":"))


def metadata_of(name: KeyName, policy: Policy, *, marked: int | None = None, tokens: int | None = None) -> MarkMetadata:
    """What `policy` does with the key of that name."""
    scheme = scheme_named(name.scheme)
    biased = name.scheme.partition(":")[0] == "kgw"
    return MarkMetadata(
        key_id=name.id,
        scheme=name.scheme,
        epoch=name.epoch,
        width=scheme.width,
        strength=policy.delta if biased else 0.0,
        low_entropy=policy.low_entropy,
        once=not biased if policy.once is None else policy.once,
        top=0 if biased else policy.top,
        marked=marked,
        tokens=tokens,
    )


def read_header(value: str) -> MarkMetadata:
    """The other way. Raises BadInput on anything else."""
    try:
        return msgspec.json.decode(value, type=MarkMetadata)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadInput(f"{HEADER}: is not what a sampler writes ({error}).") from None
