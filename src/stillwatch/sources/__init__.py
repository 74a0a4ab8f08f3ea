"""Foreign log to exchanges: one reader a format, and one way through all of them: plan, then read each chunk."""

from stillwatch.sources.base import Batch, Chunk, Plan, Rejected, Source, check_source
from stillwatch.sources.formats import FORMATS
from stillwatch.sources.plan import plan
from stillwatch.sources.reading import read
from stillwatch.sources.tables import read_table

__all__ = ["FORMATS", "Batch", "Chunk", "Plan", "Rejected", "Source", "check_source", "plan", "read", "read_table"]
