"""For people: the report in a browser, the stories in a terminal. Shows what was found and computes nothing new."""

from stillwatch.console.report import DETAILED, write_report
from stillwatch.console.text import clean

__all__ = ["DETAILED", "clean", "write_report"]
