from __future__ import annotations

import numpy as np

from stillwatch.simulate.students.vocabulary import END, encoded, learn_tokenizer

TEXTS = ["In the beginning was the word,", "and the word was with many words; é 漢.", "And again: the word."] * 5


def test_the_same_text_makes_the_same_tokenizer() -> None:
    first, second = learn_tokenizer(TEXTS, 300), learn_tokenizer(TEXTS, 300)
    assert first.to_str() == second.to_str()
    assert first.get_vocab_size() <= 300
    assert first.token_to_id(END) == 0


def test_every_text_is_closed_by_the_end_and_can_be_read_back() -> None:
    tokenizer = learn_tokenizer(TEXTS, 300)
    other = ["word and words", "Ünseen bytes \x07 too", ""]
    tokens = encoded(tokenizer, other)
    assert tokens.dtype == np.int64
    ends = np.flatnonzero(tokens == 0)
    assert len(ends) == len(other)
    assert ends[-1] == len(tokens) - 1
    read = [tokenizer.decode(part[part != 0].tolist()) for part in np.split(tokens, ends + 1)[:-1]]
    assert read == other
