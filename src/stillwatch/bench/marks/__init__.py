"""The experiment: is a mark in a teacher's answers still there in a student, and who sold it the answers?

A teacher, a base and students are trained here on the spot (`simulate.students`), the teacher's answers are marked by
our own samplers, and the tests of `provenance.watermark` look at what the students write. Seeds fix everything.
"""

from stillwatch.bench.marks.charts import write_summary
from stillwatch.bench.marks.run import folder_name, run_experiment
from stillwatch.bench.marks.summary import summary

__all__ = ["folder_name", "run_experiment", "summary", "write_summary"]
