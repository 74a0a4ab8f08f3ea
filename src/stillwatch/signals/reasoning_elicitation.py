"""SW101: the model is asked, over and over, to write its reasoning out."""

from __future__ import annotations

from stillwatch.signals.novel_scores import NovelScores

__all__ = ["ReasoningElicitation"]


class ReasoningElicitation(NovelScores):
    """Share of requests that ask for written-out reasoning.

    What it looks for:
        Requests, system prompts included, that tell the model to show its steps, its chain of thought or a full
        trace, in any of the lexicon's languages. The value is the mean score
        of a unit's exchanges, each shared among all askings of the same prompt.
    Why it matters:
        Reasoning traces are the dearest training data there is; every public account of a distillation campaign
        names their elicitation.
    Innocent look-alikes:
        Benchmark runners with chain-of-thought suites, tutoring products, prompt libraries that end in "think step
        by step". They repeat few prompts, or lie in the null as tenants of their own.
    When it is blind:
        No prompt text at ingest (asks_reasoning is NULL), or a provider that returns reasoning unasked, so that
        nobody has to ask.
    Example:
        "Work through the problem and write your complete reasoning between <think> tags before the answer."
    """

    code = "SW101"
    name = "reasoning-elicitation"
    kind = "reasoning"
    counted = "reasoning"
    needs = frozenset({"asks_reasoning"})

    def sentence(self, value: float, base: float) -> str:
        return f"Requests ask for written-out reasoning with a mean score of {value:.0%}; the median tenant: {base:.0%}"
