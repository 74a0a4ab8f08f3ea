"""Marks in text: reading it, many keys at once, decoys, one error over all keys, and where in a document a mark
stands."""

from stillwatch.provenance.watermark.text.candidates import Candidate, candidates
from stillwatch.provenance.watermark.text.decoys import DECOYS, check_decoys, decoy_keys, judged, ranks
from stillwatch.provenance.watermark.text.detection import WEIGHT, detect
from stillwatch.provenance.watermark.text.documents import Documents
from stillwatch.provenance.watermark.text.each import DocumentResult, detect_each
from stillwatch.provenance.watermark.text.levels import gatekept, holm, opened_directly
from stillwatch.provenance.watermark.text.reading import read_texts
from stillwatch.provenance.watermark.text.spans import find_spans
from stillwatch.provenance.watermark.text.tokenising import Tokenizer, read_tokenizer

__all__ = [
    "DECOYS",
    "WEIGHT",
    "Candidate",
    "DocumentResult",
    "Documents",
    "Tokenizer",
    "candidates",
    "check_decoys",
    "decoy_keys",
    "detect",
    "detect_each",
    "find_spans",
    "gatekept",
    "holm",
    "judged",
    "opened_directly",
    "ranks",
    "read_texts",
    "read_tokenizer",
]
