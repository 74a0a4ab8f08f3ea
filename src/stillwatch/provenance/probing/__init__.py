"""Asking models the same questions: probe sets, half of them secret, and the prober that brings the answers home."""

from stillwatch.provenance.probing.composition import chosen_strata, compose
from stillwatch.provenance.probing.grammar import load_grammar
from stillwatch.provenance.probing.plan import Estimate
from stillwatch.provenance.probing.prober import Asked, Probing, plan, probe
from stillwatch.provenance.probing.published import PUBLISHED_SHA256, published_of, short, standard
from stillwatch.provenance.probing.questions import STRATA, Probe, ProbeSet, commitment
from stillwatch.provenance.probing.set_files import read_secret, read_set, write_set
from stillwatch.provenance.probing.spending import MOST_QUESTIONS
from stillwatch.provenance.probing.targets import (
    Decoding,
    Price,
    Target,
    changed,
    parse_price,
    parse_questions,
    parse_target,
    read_targets,
)

__all__ = [
    "MOST_QUESTIONS",
    "PUBLISHED_SHA256",
    "STRATA",
    "Asked",
    "Decoding",
    "Estimate",
    "Price",
    "Probe",
    "ProbeSet",
    "Probing",
    "Target",
    "changed",
    "chosen_strata",
    "commitment",
    "compose",
    "load_grammar",
    "parse_price",
    "parse_questions",
    "parse_target",
    "plan",
    "probe",
    "published_of",
    "read_secret",
    "read_set",
    "read_targets",
    "short",
    "standard",
    "write_set",
]
