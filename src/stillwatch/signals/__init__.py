"""Signals: what an account or a group does, measured against this log's own honest tenants.

Contracts: `build_units` makes the units, `judge_all` judges candidate groups, `combine` joins one group's judgements,
`loud_accounts` finds candidates of few accounts, `missing` tells which signals cannot judge this log, and why.
"""

from stillwatch.signals.answers_for_money import AnswersForMoney
from stillwatch.signals.base import Signal
from stillwatch.signals.combine import combine
from stillwatch.signals.even_load import EvenLoad
from stillwatch.signals.harvest_volume import HarvestVolume
from stillwatch.signals.instruction_generation import InstructionGeneration
from stillwatch.signals.judge import judge_all
from stillwatch.signals.logit_sweep import LogitSweep
from stillwatch.signals.loud import loud_accounts
from stillwatch.signals.measure import missing
from stillwatch.signals.narrow_skill_wide_coverage import NarrowSkillWideCoverage
from stillwatch.signals.reasoning_elicitation import ReasoningElicitation
from stillwatch.signals.release_pivot import ReleasePivot
from stillwatch.signals.rubric_grading import RubricGrading
from stillwatch.signals.single_turn_dataset import SingleTurnDataset
from stillwatch.signals.template_family import TemplateFamily
from stillwatch.signals.units import build_units

__all__ = ["SIGNALS", "Signal", "build_units", "combine", "judge_all", "loud_accounts", "missing"]

SIGNALS: tuple[Signal, ...] = (
    ReasoningElicitation(),
    RubricGrading(),
    InstructionGeneration(),
    SingleTurnDataset(),
    NarrowSkillWideCoverage(),
    LogitSweep(),
    ReleasePivot(),
    EvenLoad(),
    AnswersForMoney(),
    TemplateFamily(),
    HarvestVolume(),
)
