"""Did the suspect release right after the campaigns, and how often would an innocent release fit as well?

Context for a narrative, never a likelihood ratio: there are no base rates of guilt in dates.
"""

from stillwatch.provenance.timeline.finding import FollowUp, Pace, Timeline
from stillwatch.provenance.timeline.fits import Fit, compare, fit, power
from stillwatch.provenance.timeline.histories import (
    Release,
    Window,
    provider_of,
    read_releases,
    read_windows,
    windows_of,
)
from stillwatch.provenance.timeline.study import Design, study

__all__ = [
    "Design",
    "Fit",
    "FollowUp",
    "Pace",
    "Release",
    "Timeline",
    "Window",
    "compare",
    "fit",
    "power",
    "provider_of",
    "read_releases",
    "read_windows",
    "study",
    "windows_of",
]
