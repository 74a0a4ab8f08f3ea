from __future__ import annotations

import re

import pytest

from stillwatch.provenance.probing.draws import Draws
from stillwatch.provenance.probing.grammar import Grammar, load_grammar, load_written
from stillwatch.provenance.probing.questions import STRATA

MANY = 10**6
FEWEST = 1_500


def small(*frames: object, **slots: list[str]) -> Grammar:
    common = {"stratum": "common", "slots": {"shared": ["common"], "word": ["hidden"]}}
    return Grammar([common, {"stratum": "s", "frames": list(frames), "slots": slots}])


def render(grammar: Grammar, at: int = 0) -> tuple[str, ...]:
    return grammar.render("s", grammar.frames("s")[at], Draws(b"key", "s"))


def test_slots_numbers_and_choices_are_filled() -> None:
    grammar = small("{word} {3..5} {x|y} {shared}", word=["w"])
    text = render(grammar)[0]
    assert re.fullmatch(r"W [345] [xy] common", text)
    assert grammar.ways("s") == 6


def test_a_slot_may_come_again_or_never_again() -> None:
    grammar = small("{word} {=word} {word+}", word=["a", "b"])
    assert render(grammar)[0].lower() in {"a a b", "b b a"}
    assert grammar.ways("s") == 2


def test_what_is_recalled_is_recalled_whole() -> None:
    first, again = render(small("{word}/{=word}", word=["n{10..99}"]))[0].split("/")
    assert first.lower() == again


def test_texts_of_one_frame_share_what_they_recall() -> None:
    safe, unsafe = render(small(["keep {word}", "break {=word}"], word=["p", "q", "r"]))
    assert safe[-1] == unsafe[-1]


def test_the_article_fits() -> None:
    assert render(small("a(n) {word}", word=["apple"])) == ("An apple",)
    assert render(small("see a(n) {word}", word=["kettle"])) == ("See a kettle",)


def test_sentences_begin_with_capitals_and_code_does_not() -> None:
    assert render(small("is it? {word} asked, or my aunt", word=["my aunt"])) == ("Is it? My aunt asked, or my aunt",)
    assert render(small("move: {word}", word=["d4 d5 2. c4"])) == ("Move: d4 d5 2. c4",)


def test_braces_of_code_are_no_slots() -> None:
    code = "x = {}\nif (a) {\n    return 1;\n}\ny = { z }"
    assert render(small("{word}", word=[code]))[0][1:] == code[1:]


@pytest.mark.parametrize("stratum", STRATA)
def test_every_frame_of_this_version_renders_whole(stratum: str) -> None:
    grammar = load_grammar()
    for number in range(8):
        draws = Draws(b"frames", f"{stratum}{number}")
        for frame in grammar.frames(stratum):
            for text in grammar.render(stratum, frame, draws):
                assert 10 < len(text) < 1200
                assert not re.search(r"\{=?[a-z_]+\+?\}|\{[^{}\n]*\||a\(n\)|\{-?\d+\.\.", text), text
                assert not re.search(r"(?<!letter )\ba [aeio]\w{3}", text) or stratum in ("multilingual", "code"), text


@pytest.mark.parametrize("stratum", STRATA)
def test_no_stratum_can_be_trained_away(stratum: str) -> None:
    grammar = load_grammar()
    assert grammar.ways(stratum) > MANY
    assert len(grammar.frames(stratum)) >= 12
    # Frames come equally often: the one with the fewest fillings is where preparing would begin.
    assert min(grammar.ways_of(stratum, " ".join(frame)) for frame in grammar.frames(stratum)) > FEWEST


def test_ways_do_not_count_the_same_phrase_twice() -> None:
    assert small("{word}", word=["a", "a", "b"]).ways("s") == 2


def test_written_probes_are_of_known_strata_and_differ() -> None:
    written = load_written()
    assert set(written) == set(STRATA)
    prompts = [prompt for own in written.values() for prompt in own]
    assert len(set(prompts)) == len(prompts) == 60
