from __future__ import annotations

import pytest

from stillwatch.errors import BadInput
from stillwatch.provenance.canaries.word_classes import in_class, word_class


def test_classes_hold_lower_case_words() -> None:
    for name in (
        "determiner",
        "modal",
        "verb",
        "helped",
        "imperative",
        "listable",
        "stop",
        "english",
        "surely-english",
    ):
        assert len(word_class(name)) > 5
        assert all(word == word.lower() for word in word_class(name))
    assert in_class("article", "the")
    assert not in_class("article", "these")


def test_verbs_that_are_nouns_as_often_are_not_among_the_sure_ones() -> None:
    assert word_class("helped").isdisjoint({"support", "desk", "children", "people", "plan", "the", "with"})
    assert "use" not in word_class("verb")


def test_an_unknown_class_is_named() -> None:
    with pytest.raises(BadInput, match="has no class 'nouns'"):
        word_class("nouns")
