"""Closed classes of English words that guards ask about. No parser: a class holds only words that are surely in it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from stillwatch.errors import BadInput

__all__ = ["in_class", "word_class"]


@cache
def _classes() -> dict[str, frozenset[str]]:
    text = files(__package__).joinpath("word_classes.tsv").read_text(encoding="utf-8")
    return {name: frozenset(words.split()) for name, _, words in (line.partition("\t") for line in text.splitlines())}


def word_class(name: str) -> frozenset[str]:
    """The words of a class, lower case."""
    if name not in _classes():
        raise BadInput(f"word_classes.tsv: has no class {name!r}; there are: {', '.join(sorted(_classes()))}.")
    return _classes()[name]


def in_class(name: str, word: str) -> bool:
    return word in word_class(name)
