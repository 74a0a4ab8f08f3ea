"""What accounts write about: mixtures of the grammar's frame sets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.simulate.keys import Keys, mix, unit

__all__ = ["LOOSE", "MILD", "MIXTURES", "SETS", "TECHNICAL", "choose_sets", "mixture"]

SETS = (
    "chat", "coding", "agentic", "reasoning", "grading", "generation", "translation", "extraction",
    "cli_turn", "batch_job", "assignment_turn", "viral_turn", "suite_maths", "suite_choice", "suite_code",
    "suite_judge", "product_check", "probe", "study",
    "pool_coding", "pool_agentic", "pool_reasoning", "pool_grading", "pool_generation", "pool_logits",
)  # fmt: skip
# Sets whose slots want technical topics.
TECHNICAL = np.isin(SETS, ["coding", "agentic", "cli_turn", "suite_code", "pool_coding", "pool_agentic"])
# The frames of a paraphrased wrapper, by what the operation wants.
LOOSE = ("loose_suffix", "loose_judge_suffix", "loose_maker_suffix", "mild_suffix")
MILD = LOOSE.index("mild_suffix")

MIXTURES: dict[str, dict[str, float]] = {
    "household": {
        "chat": 0.52, "coding": 0.14, "translation": 0.08, "extraction": 0.09, "generation": 0.07, "reasoning": 0.08,
        "agentic": 0.01, "grading": 0.01,
    },
    "developer": {
        "coding": 0.55, "chat": 0.2, "agentic": 0.08, "extraction": 0.09, "generation": 0.05, "reasoning": 0.03,
    },
    "office": {
        "chat": 0.4, "extraction": 0.3, "translation": 0.12, "generation": 0.08, "coding": 0.08, "grading": 0.02,
    },
    "student": {"chat": 0.35, "reasoning": 0.25, "extraction": 0.15, "coding": 0.15, "translation": 0.1},
    "terminal": {"cli_turn": 0.85, "agentic": 0.15},
    "batch": {"batch_job": 1.0},
    "assignment": {"assignment_turn": 0.9, "chat": 0.1},
    "viral": {"viral_turn": 0.55, "chat": 0.45},
    "suite-maths": {"suite_maths": 1.0},
    "suite-choice": {"suite_choice": 1.0},
    "suite-code": {"suite_code": 1.0},
    "suite-judge": {"suite_judge": 1.0},
    "product-check": {"product_check": 0.9, "extraction": 0.1},
    "probe": {"probe": 0.8, "extraction": 0.2},
    "research": {"study": 0.6, "reasoning": 0.15, "generation": 0.1, "chat": 0.15},
    "licensed": {"pool_generation": 0.4, "pool_reasoning": 0.3, "pool_coding": 0.3},
    "hydra": {"pool_coding": 0.55, "pool_agentic": 0.35, "pool_reasoning": 0.1},
    "coding": {"pool_coding": 0.75, "pool_agentic": 0.25},
    "agentic": {"pool_agentic": 0.6, "pool_coding": 0.4},
    "reasoning": {"pool_reasoning": 1.0},
    "grading": {"pool_grading": 1.0},
    "reasoning-grading": {"pool_reasoning": 0.55, "pool_grading": 0.45},
    "generation": {"pool_generation": 1.0},
    "logits": {"pool_logits": 1.0},
}  # fmt: skip
_NAMES = list(MIXTURES)
_LADDER = np.array([np.cumsum([weights.get(name, 0.0) for name in SETS]) for weights in MIXTURES.values()])
_LADDER /= _LADDER[:, -1:]
_HABIT = 0.45  # how often a person does again what they mostly do


def mixture(name: str) -> int:
    """The number of a mixture."""
    return _NAMES.index(name)


def choose_sets(mixtures: npt.NDArray[np.int64], person: Keys, keys: Keys) -> npt.NDArray[np.int64]:
    """The frame set of each text: from the mixture, or what the person mostly does. Pure in its arguments."""
    habit = (person != 0) & (unit(mix(keys, 92)) < _HABIT)
    draw = np.where(habit, unit(mix(person, 93)), unit(mix(keys, 91)))
    result: npt.NDArray[np.int64] = (_LADDER[mixtures] <= draw[:, None]).sum(axis=1)
    return np.minimum(result, len(SETS) - 1)
