"""Putting marks into text: compiled kernels, the policy of where and how strongly, and adapters for engines.

`transformers`, `vllm_v1`, `vllm_runner` and `writing` need torch and are imported by their own names.
"""

from stillwatch.provenance.watermark.samplers.keyring import Keyring, Mark
from stillwatch.provenance.watermark.samplers.marker import Marker, key_rows
from stillwatch.provenance.watermark.samplers.metadata import HEADER, MarkMetadata, metadata_of, read_header
from stillwatch.provenance.watermark.samplers.policy import LOW_ENTROPY, Policy

__all__ = [
    "HEADER",
    "LOW_ENTROPY",
    "Keyring",
    "Mark",
    "MarkMetadata",
    "Marker",
    "Policy",
    "key_rows",
    "metadata_of",
    "read_header",
]
