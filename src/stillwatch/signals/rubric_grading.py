"""SW102: the model is used as a judge that scores answers by a rubric."""

from __future__ import annotations

from stillwatch.signals.novel_scores import NovelScores

__all__ = ["RubricGrading"]


class RubricGrading(NovelScores):
    """Share of requests that have the model grade, rank or compare answers.

    What it looks for:
        Requests to score answers on a scale, to say which of two is better, or to apply a rubric. The value is the
        mean score of a unit's exchanges.
    Why it matters:
        A stolen judge is a reward model: it trains a student by reinforcement without a single answer of the
        teacher being copied.
    Innocent look-alikes:
        Evaluation teams and judge suites, teachers who mark work, moderation and hiring products.
    When it is blind:
        No prompt text at ingest, or grading that is asked for in words outside the lexicon's languages.
    Example:
        "Compare response A and response B by the rubric below and give each a score from 1 to 10."
    """

    code = "SW102"
    name = "rubric-grading"
    kind = "grading"
    counted = "grading"
    needs = frozenset({"asks_grading"})

    def sentence(self, value: float, base: float) -> str:
        return f"Requests ask for grading by a rubric with a mean score of {value:.0%}; the median tenant: {base:.0%}"
