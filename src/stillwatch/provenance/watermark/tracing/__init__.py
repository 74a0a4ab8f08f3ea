"""Leak tracing: which of thousands of keys is in a suspect, alone and by cohort, how much of it, and in whose books.

`study.study(Case(...))` is a case whole, `trace.trace` the test alone; the tables that people keep are read from here.
"""

from stillwatch.provenance.watermark.tracing.cohorts import Cohorts, read_cohorts
from stillwatch.provenance.watermark.tracing.ledger import Books, read_books

__all__ = ["Books", "Cohorts", "read_books", "read_cohorts"]
