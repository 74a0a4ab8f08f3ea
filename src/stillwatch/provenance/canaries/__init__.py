"""Closed upstreams: a keyed channel in the wording of answers, and canaries. Weaker than marks made in sampling."""

from stillwatch.provenance.canaries.detection import detect_wording, residual_pairs, wording_counts
from stillwatch.provenance.canaries.invention import KINDS, Canary, Kind, invent
from stillwatch.provenance.canaries.marking import Marked, mark_wording
from stillwatch.provenance.canaries.planting import (
    Planted,
    canaries_of,
    check_planted,
    planted_hash,
    read_planted,
    write_planted,
)
from stillwatch.provenance.canaries.reading import Answers, read_answers
from stillwatch.provenance.canaries.scheme import Wording, wording_named
from stillwatch.provenance.canaries.search import CanaryResult, Search, find_canaries

__all__ = [
    "KINDS",
    "Answers",
    "Canary",
    "CanaryResult",
    "Kind",
    "Marked",
    "Planted",
    "Search",
    "Wording",
    "canaries_of",
    "check_planted",
    "detect_wording",
    "find_canaries",
    "invent",
    "mark_wording",
    "planted_hash",
    "read_answers",
    "read_planted",
    "residual_pairs",
    "wording_counts",
    "wording_named",
    "write_planted",
]
