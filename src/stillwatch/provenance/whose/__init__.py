"""Whose is that model? An open question against a reference pack, with "none of these" as an answer of its own."""

from stillwatch.provenance.whose.finding import Whose
from stillwatch.provenance.whose.matching import write_questions
from stillwatch.provenance.whose.opening import read_pack
from stillwatch.provenance.whose.pack import Manifest, Pack, build_pack, write_pack
from stillwatch.provenance.whose.question import whose

__all__ = ["Manifest", "Pack", "Whose", "build_pack", "read_pack", "whose", "write_pack", "write_questions"]
