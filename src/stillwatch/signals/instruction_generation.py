"""SW103: the model is asked to invent the very instructions a student is trained on."""

from __future__ import annotations

from stillwatch.signals.novel_scores import NovelScores

__all__ = ["InstructionGeneration"]


class InstructionGeneration(NovelScores):
    """Share of requests that have the model make instructions, questions, variations or data.

    What it looks for:
        Self-instruct, evolve-this-prompt, make-a-question-with-its-answer and paraphrase requests. The value is the
        mean score of a unit's exchanges.
    Why it matters:
        Public instruction sets were made this way; it is the cheapest route to a general student.
    Innocent look-alikes:
        Teachers who make quizzes, test-data makers, marketing tools that ask for variants.
    When it is blind:
        No prompt text at ingest, or an operation that brings its own instructions and asks only for answers.
    Example:
        "Write twenty diverse tasks like these examples, each with an input and the ideal output."
    """

    code = "SW103"
    name = "instruction-generation"
    kind = "generation"
    counted = "generation"
    needs = frozenset({"asks_generation"})
    atlas = "AML.T0005.001"

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Requests ask for instructions or data to be made with a mean score of {value:.0%}; "
            f"the median tenant: {base:.0%}"
        )
