from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.sketches.buffers import text_of
from stillwatch.sketches.kernel import NONE, STEM
from stillwatch.sketches.keys import constants
from stillwatch.sketches.lexicon import LANGUAGES, SCORES, SKILLS, STRUCTURE, lexicon, words_of
from stillwatch.sketches.rows import sketch_texts

LEXICON = lexicon(int(constants(None).start))


def counted(text: str, key: bytes | None = None) -> dict[str, int]:
    fixed = constants(key)
    found = sketch_texts(text_of(pa.array([text])), fixed, groups=np.zeros(1, np.int64))
    names = lexicon(int(fixed.start)).features
    return {name: int(count) for name, count in zip(names, found.features[0], strict=True) if count}


def test_words_are_cut_as_documented() -> None:
    assert words_of("Score 1-10: the «Ответ» 回答 of GPT4, naïve Ｘ!") == [
        "score", "0", "0", "the", "ответ", "回", "答", "of", "gpt0", "naive", "x",
    ]  # fmt: skip


def test_shapes_agree() -> None:
    assert LEXICON.weights.shape == (len(LEXICON.features) + len(STRUCTURE), len(SCORES) + len(SKILLS))
    assert LEXICON.bias.shape == (len(SCORES) + len(SKILLS),)
    assert LEXICON.starts[-1] == len(LEXICON.others) == len(LEXICON.outcomes)
    assert LEXICON.terms.shape[0] == len(LEXICON.keys) >= 2 * np.count_nonzero(LEXICON.keys)
    assert len(set(LANGUAGES)) == len(LANGUAGES)
    assert LEXICON.weights[:, -1].any() == False  # noqa: E712 - chat is what is left


def test_the_kernel_finds_every_term_of_the_lexicon() -> None:
    from stillwatch.sketches.lexicon import _rows

    missed = []
    for concept, _, terms in _rows("lexicon.tsv"):
        if concept == "stop":
            continue
        for term in terms.split(" | "):
            text = term.replace("*", "щ").replace(" 0", " 7").removeprefix("0")
            text = ("5" if term.startswith("0") else "") + text
            if concept not in counted(f"xyzzy {text} xyzzy"):
                missed.append((concept, term))
    assert missed == []


def test_a_key_moves_the_table_and_changes_no_count(key: bytes) -> None:
    text = "Rate both responses from 1 to 10, then think step by step. Рассуждение <think>"
    assert counted(text, key) == counted(text)
    assert not set(lexicon(int(constants(key).start)).keys[:50]) & set(LEXICON.keys[LEXICON.keys > 0])


def test_rules_hold_in_either_order_and_only_near() -> None:
    assert counted("evaluate the answer")["grade~answers"] == 1
    assert counted("the answer: evaluate it")["grade~answers"] == 1
    assert "grade~answers" not in counted("evaluate" + " so" * 40 + " answer")


def test_stems_need_their_letters() -> None:
    assert counted("рассуждения")["reasoning"] == 1
    assert len("рассуж") == STEM
    assert "reasoning" not in counted("рассу")


def test_a_tag_is_a_word_in_angle_brackets() -> None:
    assert counted("inside <think> and </think>")["tag"] == 2
    assert "tag" not in counted("think (think) >think")


@given(st.sampled_from(["\u200b", "\u00ad", "\u2060", "\ufe0f", "\u0301"]), st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_invisible_characters_hide_nothing(hidden: str, at: int) -> None:
    text = "Think step by step before answering."
    assert counted(text[:at] + hidden + text[at:]) == counted(text)
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in text)
    assert counted(wide) == counted(text.upper()) == counted(text)


def test_padding_is_the_only_use_of_the_last_number() -> None:
    used = LEXICON.terms[LEXICON.keys > 0]
    assert (used[:, 0] >= 1).all()
    assert (np.diff((used[:, 1:5] == NONE).astype(int), axis=1) >= 0).all()


@pytest.mark.parametrize("language", ["en", "zh", "es", "fr", "de", "pt", "ru", "ja", "ko", "ar", "hi"])
def test_every_language_has_the_concepts_of_every_score(language: str) -> None:
    from stillwatch.sketches.lexicon import _rows

    concepts = {concept for concept, code, _ in _rows("lexicon.tsv") if code == language}
    needed = {"steps", "think", "reasoning", "show", "final", "grade", "answers", "better", "scale", "rubric", "pair"}
    assert needed | {"make", "items", "diverse", "rewrite", "prompt", "harder", "corpus"} <= concepts
