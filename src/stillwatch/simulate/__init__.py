"""Labelled worlds for drills, demonstrations, tests and benchmarks: synthetic logs and the truth beside them."""

from stillwatch.simulate.scenarios import SCENARIOS, Operation, Scenario
from stillwatch.simulate.truth import CampaignTruth
from stillwatch.simulate.world import World, simulate

__all__ = ["SCENARIOS", "CampaignTruth", "Operation", "Scenario", "World", "simulate"]
