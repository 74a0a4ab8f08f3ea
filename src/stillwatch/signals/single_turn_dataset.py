"""SW104: requests that stand alone, never repeat and leave room for long answers: rows of a data set."""

from __future__ import annotations

from stillwatch.engines import load_query
from stillwatch.signals.base import Signal

__all__ = ["SingleTurnDataset"]


class SingleTurnDataset(Signal):
    """How far a unit's requests look like the rows of a data set.

    What it looks for:
        First turns with no follow-up, one set of sampling parameters, room for long answers, slots and schemas in
        the prompt. The value is the mean score of a unit's exchanges, each shared among all askings of the same
        prompt; follow-ups and parameters are counted account by account and day by day.
    Why it matters:
        A person reacts to an answer and a product repeats itself; a collector does neither.
    Innocent look-alikes:
        Batch jobs (summaries, labels, translations), search and mail products, first-time users.
    When it is blind:
        Turns or prompt hashes are missing. Collectors of multi-turn or agentic traces do not show it.
    Example:
        "### Instruction: … ### Input: … ### Response:" with max_tokens 4096, each prompt once, no session.
    """

    code = "SW104"
    name = "single-turn-dataset"
    family = "shape"
    needs = frozenset({"prompt_hash", "turns"})
    atlas = "AML.T0024.002"
    minimum_trials = 20_000
    helpers = ("signal_accompanied", "signal_repeats")
    by_day = True

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, scored=_scored("single_turn_exchanges", exchanges))

    def again_sql(self, exchanges: str = "exchanges") -> str:
        return _scored("single_turn_again", exchanges)

    def helper_sql(self, name: str, exchanges: str = "exchanges") -> str:
        if name == "signal_accompanied":
            return load_query("stillwatch.signals", "accompanied", scored=_scored("single_turn_exchanges", exchanges))
        return super().helper_sql(name, exchanges)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Requests stand alone, never repeat and leave room for long answers, with a mean score of {value:.0%}; "
            f"the median tenant: {base:.0%}"
        )


def _scored(query: str, exchanges: str) -> str:
    scores = load_query("stillwatch.signals", "single_turn_scores", exchanges=exchanges)
    return load_query("stillwatch.signals", query, scores=scores)
