"""Answers in our own words, with many choices in many contexts, and keys."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

NOUNS = (
    "garden", "kettle", "ladder", "harbour", "meadow", "window", "basket", "candle", "blanket", "compass", "drawer",
    "ferry",
    "gate", "hammer", "island", "jacket", "kitchen", "lantern", "market", "needle", "orchard", "pillow", "quarry",
    "ribbon",
)  # fmt: skip
LINES = (
    "You can use the {a} every day, and everyone who sees the {b} will ask you about it.",
    "For example, the {a} is often used beside the {b}, and you don't need a third one.",
    "In order to improve the {a}, you should look at the {b} and take notes.",
    "However, the {a} cannot replace the {b} in so short a time.",
    "If the {a} is too heavy, it is fine to ask someone for a {b} instead.",
    "The {a} depends on the {b}, and you will see it in all of the rooms.",
    "Keep in mind that the {a} needs care, and make sure you clean the {b} if necessary.",
    "Additionally, the {a} should rest for about 20 minutes near the {b}.",
    "The path leads toward the {a}, compared to which the {b} is small.",
    "Therefore, the {a} and the {b} can help reduce the noise, so that you sleep well.",
)


def _answer(number: int) -> str:
    """A short answer in two paragraphs; another number gives other words."""
    rows = []
    for i in range(8):
        a, b = NOUNS[(number * 7 + i * 5) % len(NOUNS)], NOUNS[(number * 3 + i * 11 + 1) % len(NOUNS)]
        rows.append(LINES[(number + i) % len(LINES)].format(a=a, b=b))
    return " ".join(rows[:4]) + "\n\n" + " ".join(rows[4:]) + "\n"


def _key(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


@pytest.fixture(scope="session")
def answers() -> list[str]:
    return [_answer(number) for number in range(40)]


@pytest.fixture(scope="session")
def answer() -> Callable[[int], str]:
    return _answer


@pytest.fixture(scope="session")
def key() -> Callable[[str], bytes]:
    """A key for each name."""
    return _key
