"""Signals: what an account or a group does, measured against this log's own honest tenants.

Contracts: `build_units` makes the units, `judge_all` judges candidate groups, `combine` joins one group's judgements,
`HonestTrials` tell whether the joined weight keeps its promise in this log,
`loud_accounts` finds candidates of few accounts, `missing` tells which signals cannot judge this log, and why,
`state` which may weigh at all, by `figures`, what was measured of them.
"""

from stillwatch.signals.account_mixture import AccountMixture
from stillwatch.signals.account_synchrony import AccountSynchrony
from stillwatch.signals.amplified_asking import AmplifiedAsking
from stillwatch.signals.answers_for_money import AnswersForMoney
from stillwatch.signals.base import Signal
from stillwatch.signals.billing_geography import BillingGeography
from stillwatch.signals.calibration import Calibration, HonestTrials
from stillwatch.signals.churn_replacement import ChurnReplacement
from stillwatch.signals.combine import combine
from stillwatch.signals.contract_terms import ContractTerms
from stillwatch.signals.conversation_migration import ConversationMigration
from stillwatch.signals.coverage_growth import CoverageGrowth
from stillwatch.signals.dataset_sharding import DatasetSharding
from stillwatch.signals.even_load import EvenLoad
from stillwatch.signals.figures import Figures, State, figures, state
from stillwatch.signals.harvest_text import HarvestText
from stillwatch.signals.harvest_volume import HarvestVolume
from stillwatch.signals.instruction_generation import InstructionGeneration
from stillwatch.signals.judge import judge_all
from stillwatch.signals.known_seed_sets import KnownSeedSets
from stillwatch.signals.logit_sweep import LogitSweep
from stillwatch.signals.loud import loud_accounts
from stillwatch.signals.measure import missing
from stillwatch.signals.mixtures import find_mixtures
from stillwatch.signals.multi_route import MultiRoute
from stillwatch.signals.narrow_skill_wide_coverage import NarrowSkillWideCoverage
from stillwatch.signals.reasoning_elicitation import ReasoningElicitation
from stillwatch.signals.reasoning_replay import ReasoningReplay
from stillwatch.signals.release_pivot import ReleasePivot
from stillwatch.signals.repeated_asking import RepeatedAsking
from stillwatch.signals.retry_hand_off import RetryHandOff
from stillwatch.signals.round_robin import RoundRobin
from stillwatch.signals.rubric_grading import RubricGrading
from stillwatch.signals.single_turn_dataset import SingleTurnDataset
from stillwatch.signals.template_family import TemplateFamily
from stillwatch.signals.units import build_units
from stillwatch.signals.windows import UnusualPrompts

__all__ = [
    "SIGNALS",
    "Calibration",
    "Figures",
    "HonestTrials",
    "Signal",
    "State",
    "build_units",
    "combine",
    "figures",
    "find_mixtures",
    "judge_all",
    "loud_accounts",
    "missing",
    "state",
]

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
    AccountSynchrony(),
    RoundRobin(),
    DatasetSharding(),
    ChurnReplacement(),
    RetryHandOff(),
    ConversationMigration(),
    MultiRoute(),
    AccountMixture(),
    CoverageGrowth(),
    RepeatedAsking(),
    ReasoningReplay(),
    KnownSeedSets(),
    BillingGeography(),
    ContractTerms(),
    UnusualPrompts(),
    HarvestText(),
    AmplifiedAsking(),
)
