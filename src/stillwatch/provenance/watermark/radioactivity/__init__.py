"""Was a model trained on marked text? Its answers or its probabilities against an unmarked reference, key by key.

`study.study(Case(...))` is a case whole; `outlook.outlook` and `forecast.forecast` say before it what it would show.
`expected` makes the key-free table, `weights` what each pair of it counts, `looks` when the text is looked at.
"""

from stillwatch.provenance.watermark.radioactivity.asking import Asking
from stillwatch.provenance.watermark.radioactivity.expected import Evidence, closed_evidence, open_evidence
from stillwatch.provenance.watermark.radioactivity.forecast import least_share, rates_of
from stillwatch.provenance.watermark.radioactivity.outlook import Outlook, measure
from stillwatch.provenance.watermark.radioactivity.reference import Reference, read_reference
from stillwatch.provenance.watermark.radioactivity.sharpening import sharpened
from stillwatch.provenance.watermark.radioactivity.study import Case, gather
from stillwatch.provenance.watermark.radioactivity.suspect import Suspect, read_suspect
from stillwatch.provenance.watermark.radioactivity.vocabulary import Vocabulary, read_vocabulary
from stillwatch.provenance.watermark.radioactivity.weights import NAME, declared_weight

__all__ = [
    "NAME",
    "Asking",
    "Case",
    "Evidence",
    "Outlook",
    "Reference",
    "Suspect",
    "Vocabulary",
    "closed_evidence",
    "declared_weight",
    "gather",
    "least_share",
    "measure",
    "open_evidence",
    "rates_of",
    "read_reference",
    "read_suspect",
    "read_vocabulary",
    "sharpened",
]
