"""SW105: nearly everything is one or two skills, and inside them nearly everything is asked."""

from __future__ import annotations

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import BUNDLE_KINDS, Signal

__all__ = ["NarrowSkillWideCoverage"]


class NarrowSkillWideCoverage(Signal):
    """How many topic cells a unit's two main working skills fill, times the share of its exchanges they hold.

    What it looks for:
        One or two skills other than chat that hold most exchanges while their prompts keep reaching new topic cells.
        The value is the effective number of their cells (pairs of exchanges over pairs that share a cell), times
        their share, over the effective number of all skills. It does not grow with the number of exchanges, but
        several people cover more than one: groups are compared with companies, tools and random handfuls of at least
        about as many accounts.
    Why it matters:
        A skill is copied by covering it. A customer works on a few things within a skill, a collector on all.
    Innocent look-alikes:
        Resellers and coding tools with many users of one skill, public benchmarks of one skill, schools.
    When it is blind:
        No skill or topic (no prompt text at ingest), fewer than 50 companies, tools and handfuls to compare with, or
        an operation that harvests every skill at once.
    Example:
        94 % of 12,000 exchanges are coding and agentic, spread evenly over 800 topic cells.
    """

    code = "SW105"
    name = "narrow-skill-wide-coverage"
    family = "shape"
    needs = frozenset({"skill", "topic"})
    by_day = True
    atlas = "AML.T0024.002"
    minimum_trials = 50
    trials_each = 1
    reference = BUNDLE_KINDS
    size_matters = True
    partial_keys = ("account_key", "skill", "topic")
    partial_sums = ("exchanges",)

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "narrow_skill_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "narrow_skill_units", units=units, partials=self.table)

    def details(self, engine: Engine, units: str) -> dict[str, str]:
        named: dict[str, list[str]] = {}
        query = load_query("stillwatch.signals", "narrow_skill_names", units=units, partials=self.table)
        for row in engine.fetch(query).to_pylist():
            named.setdefault(row["unit_id"], []).append(f"{row['skill']} {row['share']:.0%}")
        return {unit: f"mostly {' and '.join(skills)}" for unit, skills in named.items()}

    def sentence(self, value: float, base: float) -> str:
        return f"Reaches {value:,.0f} topic cells per skill it works in; the median unit: {base:,.0f}"
