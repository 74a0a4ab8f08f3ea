"""Did the targeted skills jump, beyond the untargeted ones and beyond what peers gained in the same time?"""

from stillwatch.provenance.benchmarks.difference import Difference, difference
from stillwatch.provenance.benchmarks.finding import Family, Gains, Skill
from stillwatch.provenance.benchmarks.scores import Model, Scores, read_scores
from stillwatch.provenance.benchmarks.study import compare_gains

__all__ = [
    "Difference",
    "Family",
    "Gains",
    "Model",
    "Scores",
    "Skill",
    "compare_gains",
    "difference",
    "read_scores",
]
