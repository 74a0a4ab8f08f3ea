"""Schemes by name: our own, and those of the engines, on their own wire."""

from __future__ import annotations

import re
from collections.abc import Callable

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Pairs, Texts, distinct_pairs
from stillwatch.provenance.watermark.schemes.gumbel import Gumbel
from stillwatch.provenance.watermark.schemes.hf_kgw import HfKgw
from stillwatch.provenance.watermark.schemes.hf_synthid import HfSynthid
from stillwatch.provenance.watermark.schemes.kgw import Kgw
from stillwatch.provenance.watermark.schemes.scheme import Scheme
from stillwatch.provenance.watermark.schemes.sglang_gumbel import SglangGumbel
from stillwatch.provenance.watermark.schemes.vllm_dual import VllmDualGumbel
from stillwatch.provenance.watermark.schemes.vllm_gumbel import VllmGumbel

__all__ = [
    "KNOWN",
    "Gumbel",
    "HfKgw",
    "HfSynthid",
    "Kgw",
    "Scheme",
    "SglangGumbel",
    "VllmDualGumbel",
    "VllmGumbel",
    "pairs_of",
    "scheme_named",
]


def _wording(width: int = 2, table: int = 0) -> Scheme:
    # Imported late: the channel stands on this package's tests.
    from stillwatch.provenance.canaries.scheme import Wording

    return Wording(width=width, table=table)


KNOWN: dict[str, Callable[..., Scheme]] = {
    "gumbel": Gumbel,
    "hf-kgw": HfKgw,
    "hf-synthid": HfSynthid,
    "kgw": Kgw,
    "sglang-gumbel": SglangGumbel,
    "vllm-dual-gumbel": VllmDualGumbel,
    "vllm-gumbel": VllmGumbel,
    "wording": _wording,
}


def pairs_of(scheme: Scheme, texts: Texts) -> Pairs:
    """The distinct pairs that a scheme scores: an engine's scheme knows which contexts its engine passes over."""
    own: Callable[[Texts], Pairs] | None = getattr(scheme, "pairs", None)
    return own(texts) if own else distinct_pairs(texts, scheme.width, padded=scheme.padded)


def scheme_named(name: str) -> Scheme:
    """The scheme of a name such as "kgw:gamma=0.25,width=2"; what is left out takes its default."""
    kind, _, rest = name.partition(":")
    if kind not in KNOWN:
        raise BadSettings(f"no scheme {kind!r}; there are: {', '.join(sorted(KNOWN))}.")
    options: dict[str, int | float | str] = {}
    for part in filter(None, rest.split(",")):
        option, _, value = part.partition("=")
        whole, number = re.fullmatch(r"\d+", value), re.fullmatch(r"\d*\.\d+(e-?\d+)?", value)
        options[option.strip()] = int(value) if whole else float(value) if number else value
    try:
        return KNOWN[kind](**options)
    except (TypeError, ValueError) as error:
        raise BadSettings(f"scheme {name!r}: {error}. Write it as kind:option=value,option=value.") from None
