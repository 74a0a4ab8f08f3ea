"""Partials: the additive tables that links, signals and campaigns read in place of the log, made in one pass a day.

`relations` names them, `recurring` finds the few hashes that occur more than once, `days` keeps them by day.
"""

from stillwatch.partials.relations import register_views

__all__ = ["register_views"]
