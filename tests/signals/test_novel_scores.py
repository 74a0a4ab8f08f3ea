from __future__ import annotations

from typing import Any

import pytest

from stillwatch.signals.novel_scores import NovelScores


class Extraction(NovelScores):
    """A signal of our own on one of the lake's scores."""

    code, name, counted, needs = "SW901", "row-extraction", "generation", frozenset({"asks_generation"})

    def sentence(self, value: float, base: float) -> str:
        return f"{value} {base}"


def test_askings_of_one_prompt_share_one_score(partials: Any) -> None:
    rows = [{"account": 1, "asks_generation": 501, "prompt_hash": prompt} for prompt in (1, 1, None, 3)]
    assert partials(Extraction(), rows) == {1: {"trials": 4000, "hits": 250 + 250 + 501 + 501}}


@pytest.mark.parametrize("share", [0, 2, 5])
def test_repeating_lowers_the_rate(partials: Any, share: int) -> None:
    rows = [
        {"account": 1, "asks_generation": 1000, "prompt_hash": place % 10 if place < 10 * share else place}
        for place in range(50)
    ]
    expected = {0: 50, 2: 10 + 30, 5: 10}[share]
    assert partials(Extraction(), rows)[1]["hits"] == 1000 * expected
