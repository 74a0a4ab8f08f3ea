"""How good detection is: worlds that nothing was tuned on, scanned as a user would, compared with their truth."""

from stillwatch.bench.cases import CASES, Case, choose
from stillwatch.bench.detect import Detected, detect

__all__ = ["CASES", "Case", "Detected", "choose", "detect"]
