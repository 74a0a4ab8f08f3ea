"""SW106: the same prompt again and again with other tokens biased: the output layer is being read."""

from __future__ import annotations

from stillwatch.signals.base import Signal

__all__ = ["LogitSweep"]


class LogitSweep(Signal):
    """Share of requests that walk through logit biases or fetch log-probabilities in bulk.

    What it looks for:
        One prompt sent with three or more different sets of biased tokens in a day (1000), bias and
        log-probabilities in one request (500), five or more alternatives a token (250). The value is the mean.
    Why it matters:
        Bias sweeps with top log-probabilities recover a model's hidden width and last layer for a few dollars
        (Carlini and others, ICML 2024), and log-probabilities are the best target a student can have.
    Innocent look-alikes:
        Classifiers that read the log-probabilities of their labels, constrained decoding with a fixed bias,
        calibration research.
    When it is blind:
        The log does not carry logit_bias, or nobody ever sent one (the two cannot be told apart), or the API has
        neither parameter.
    Example:
        4,000 requests with the prompt "Hi", top_logprobs 20, and a bias on tokens 0–299, 300–599, 600–899 …
    """

    code = "SW106"
    name = "logit-sweep"
    family = "content"
    kind = "logits"
    needs = frozenset({"logit_bias_hash", "prompt_hash"})
    by_day = True
    atlas = "AML.T0024.002"
    minimum_trials = 20_000
    minimum_coverage = 0.0
    helpers = ("signal_sweeps",)

    def sentence(self, value: float, base: float) -> str:
        return (
            f"Requests sweep logit biases or log-probabilities with a mean score of {value:.1%}; the median: {base:.1%}"
        )
