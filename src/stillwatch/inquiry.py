"""What a provenance test hands to those who read it: the case, its signals with exhibits, its calibration.

One `Inquiry` asks "was this suspect trained on that teacher's answers?". Models are the sampling unit, never prompts:
each p-value here compares the suspect with innocent model families. `None` means "cannot judge", which is not 0.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "Branch",
    "Calibration",
    "Candidate",
    "Clue",
    "Exhibit",
    "Hypothesis",
    "Innocent",
    "Inquiry",
    "Member",
    "Passage",
    "Power",
    "SharedRun",
    "Verdict",
]

Verdict = Literal["supports", "inconclusive", "speaks against"]


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One model's answer to one prompt, as shown (cut to a length fit for reading), with the runs that are marked.

    `marks` are (start, end) in characters of `text`, sorted, not overlapping.
    """

    model: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt, side by side. `value` is how far suspect and teacher agree beyond the controls, in the signal's own
    unit: positive is a match, negative a mismatch."""

    prompt_id: str
    prompt: str
    value: float
    suspect: Passage
    teacher: Passage
    controls: tuple[Passage, ...]
    text: str = ""


class SharedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of words that suspect and teacher both wrote to the same prompt, and how many controls wrote it too.

    `refusal`: both declined that prompt, in these words.
    """

    text: str
    prompt_id: str
    controls_with: int
    controls: int
    families_with: int = 0
    refusal: bool = False


class Clue(msgspec.Struct, frozen=True, kw_only=True):
    """One signal: the suspect's score against that of every innocent control family, in their standard deviations.

    `score` and `p_value` are None where the signal cannot judge; `text` then says what is missing. `p_adjusted` is
    Holm's over the signals of the case, for whoever reads one signal alone.
    """

    name: str
    title: str
    text: str
    counted: bool
    score: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    innocents: tuple[float, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A teacher that the suspect was compared with. `p_adjusted` is Holm's over all candidates."""

    teacher: str
    provider: str
    family: str
    score: float | None
    p_value: float | None
    p_adjusted: float | None
    asked: bool = False


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """One of three explanations. `standing` is what the measurement can say of it; it may be that it cannot tell."""

    name: str
    standing: Literal["supported", "possible", "not supported", "cannot be told apart"]
    text: str


class Innocent(msgspec.Struct, frozen=True, kw_only=True):
    """A control model as if it were the suspect: what an innocent model scores against this teacher."""

    model: str
    family: str
    provider: str
    score: float


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """Chance that a model which does share `share` of its answers' behaviour with the teacher reaches `level`."""

    share: float
    level: float
    power: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What the error rates stand on. `floor` is the smallest conformal p that this number of innocents allows."""

    innocents: tuple[Innocent, ...]
    control_models: int
    control_families: int
    floor: float
    cllr: float | None = None
    log_lr_cap: float | None = None
    power: tuple[Power, ...] = ()
    text: str = ""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A model in the tree. `role` is suspect, teacher, sibling, rival, control or other."""

    model: str
    family: str
    provider: str
    role: Literal["suspect", "teacher", "sibling", "rival", "control", "other"]


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A join of the tree: two earlier nodes (members first, then branches in order) and the distance they join at."""

    left: int
    right: int
    distance: float


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """One case, whole. `sentence` is the verdict with its error rate, as it may be quoted.

    `p_value` takes the suspect's source to be among the models at hand; `p_newcomer`, given where nothing of its
    lineage is, is for an original model of its own.
    """

    suspect: str
    teacher: str
    benchmark: str
    prompts: int
    models: int
    verdict: Verdict
    sentence: str
    score: float
    p_value: float
    p_parametric: float
    log_lr: float
    nearest_rival: str | None
    p_newcomer: float | None = None
    candidates: tuple[Candidate, ...]
    hypotheses: tuple[Hypothesis, ...]
    clues: tuple[Clue, ...]
    runs: tuple[SharedRun, ...]
    calibration: Calibration
    tree_members: tuple[Member, ...]
    tree: tuple[Branch, ...]
    would_change: tuple[str, ...]
    limits: tuple[str, ...]
    provenance: dict[str, str] = {}
