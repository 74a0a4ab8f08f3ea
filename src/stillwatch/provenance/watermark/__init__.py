"""Provenance by mark: a keyed mark in answers, and the tests that find it in a text or a student, and under whose key.

    keys/           names, a master, 32 bytes each by HKDF, the register, the commitment that is public before a test
    schemes/        what a pair (context, token) is worth under a key, and the law of that worth under a wrong one
    samplers/       marks as text is drawn: Hugging Face, vLLM, and which key a request is answered with
    text/           is this text ours: documents, decoys, one error over all keys, marked spans
    radioactivity/  did this model learn from marked text: what it wrote against what an unmarked reference would have
    tracing/        whose text was it: thousands of keys at once, cohorts pooled, mixtures, imitation, the ledger
    pairs, prf, laws, tails    what all stand on: distinct pairs, keyed bits, exact or saddlepoint tails

Under the null nothing is random but the key: pairs and weights know none, so p-values need no control models. The names
offered here lead from a key to a verdict (docs/watermark.md). Each is looked up when first used, so that `watermark
keys` does not load what only a test needs; none loads torch, but for reading a model.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stillwatch.provenance.watermark.keys import KeyName, add_keys, commit, new_master, read_master, read_register
    from stillwatch.provenance.watermark.radioactivity import Case as ModelCase
    from stillwatch.provenance.watermark.radioactivity import read_reference, read_suspect, read_vocabulary
    from stillwatch.provenance.watermark.radioactivity.study import study as study_model
    from stillwatch.provenance.watermark.schemes import scheme_named
    from stillwatch.provenance.watermark.text import candidates, detect, read_texts, read_tokenizer
    from stillwatch.provenance.watermark.tracing.study import Case as TraceCase
    from stillwatch.provenance.watermark.tracing.study import study as study_trace

__all__ = [
    "KeyName",
    "ModelCase",
    "TraceCase",
    "add_keys",
    "candidates",
    "commit",
    "detect",
    "new_master",
    "read_master",
    "read_reference",
    "read_register",
    "read_suspect",
    "read_texts",
    "read_tokenizer",
    "read_vocabulary",
    "scheme_named",
    "study_model",
    "study_trace",
]

_ALIASES = {
    "ModelCase": ("radioactivity.study", "Case"),
    "TraceCase": ("tracing.study", "Case"),
    "study_model": ("radioactivity.study", "study"),
    "study_trace": ("tracing.study", "study"),
}
_PLACES = {
    "keys": ("KeyName", "add_keys", "commit", "new_master", "read_master", "read_register"),
    "radioactivity": ("read_reference", "read_suspect", "read_vocabulary"),
    "schemes": ("scheme_named",),
    "text": ("candidates", "detect", "read_texts", "read_tokenizer"),
}


def __getattr__(name: str) -> Any:
    places = {own: (module, own) for module, names in _PLACES.items() for own in names} | _ALIASES
    if name not in places:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, own = places[name]
    return getattr(importlib.import_module(f"{__name__}.{module}"), own)
