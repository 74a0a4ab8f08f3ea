"""SW110: many accounts fill the same templates, with ever new slot values, and nobody else uses them."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["TemplateFamily"]


class TemplateFamily(Signal):
    """Share of exchanges that fill a template of the unit's own with something new.

    What it looks for:
        Prompts whose skeleton (or opening words) three or more of the unit's accounts use, and hardly anybody else:
        the unit holds at least a third of the template's accounts. Each distinct prompt counts once.
    Why it matters:
        One generator behind many accounts leaves one frame. A benchmark repeats its few prompts; a generator never.
    Innocent look-alikes:
        A company's product with its own prompt, a tool's users, a class with one assignment: these are the null.
    When it is blind:
        No prompt text at ingest, templates paraphrased away, fewer than three accounts, or fewer than 50 companies and
        tools in the log.
    Example:
        "You are an expert data analyst. {table} … Give complete reasoning." in 40 accounts, 9,800 tables, none twice.
    """

    code = "SW110"
    name = "template-family"
    family = "shape"
    needs = frozenset({"opening", "prompt_hash"})
    by_day = True
    atlas = "AML.T0065"
    minimum_trials = 20
    minimum_accounts = 3
    trials_each = 1
    reference = ("org", "tool", "group")  # a random handful never shares a template: it would only flatter p
    lone = False
    whole = True  # a template is the unit's own by how many of those who use it the unit has
    partial_sums = ("exchanges",)

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "template_family_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        return load_query("stillwatch.signals", "template_family_units", units=units, partials=self.table)

    def sentence(self, value: float, base: float) -> str:
        return f"{value:.0%} of exchanges fill a template of the group's own with something new; the median: {base:.0%}"
