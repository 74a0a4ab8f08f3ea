"""Fingerprints: does a suspect write as the teacher writes, more than any innocent model does?

Answers to the same questions become similarities between models (`signals`), which are centred on the controls
(`centring`), contrasted with the best rival provider (`contrast`) and compared with what innocent models reach
(`innocents`, `significance`). Models are the sampling unit. No function here gives a p-value over prompts.
"""

from stillwatch.provenance.fingerprint.case import examine
from stillwatch.provenance.fingerprint.lineage import Lineage, read_lineage
from stillwatch.provenance.fingerprint.outputs import Outputs, read_outputs
from stillwatch.provenance.fingerprint.screen import read_pairs, screen

__all__ = ["Lineage", "Outputs", "examine", "read_lineage", "read_outputs", "read_pairs", "screen"]
