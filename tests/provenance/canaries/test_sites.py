from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.canaries.sites import settled, sites_of
from stillwatch.provenance.canaries.table import ChoicePoint, Neighbours, wording_table

TAIL = "that you can see from the house, and it stands in the garden."


def found(sentence: str) -> list[str]:
    text = f"You know the way to the house. {sentence}"
    return [f"{site.point.name}={text[site.start : site.end]}" for site in sites_of(text)]


ACCEPTED = {
    "connective": [
        "Additionally, the gate is old. =additionally=Additionally,",
        "However, it was late. =however_but=However,",
        "We like some of them, for example the red one. =for_example=for example",
        "In order to improve it, turn the key. =in_order_to_start=In order to",
        "To improve it, turn the key. =in_order_to_start=To",
    ],
    "contraction": [
        "You don't need that one. =do_not=don't",
        "I am sure of the way. =i_am=I am",
        "You know, it is late. =it_is=it is",
        "It isn't late for you. =it_is_not=It isn't",
    ],
    "preposition": [
        "They ran towards the gate. =toward=towards",
        "It fell due to the wind. =due_to=due to",
        "Wait for about 20 minutes. =about_number=about",
        "See topics such as gates. =such_as=such as",
        "Put your shoes on before going out. =prior_to=before",
    ],
    "quantity": [
        "They wash all of the plates. =all_the=all of the",
        "They write every day. =every_day=every day",
        "There are numerous ways to do it. =many_numerous=numerous",
    ],
    "adverb": [
        "It is often used here. =often=often",
        "Stir it, stirring occasionally. =occasionally=occasionally",
        "Simply add the water. =simply_start=Simply",
    ],
    "pronoun": ["They asked someone else. =someone=someone", "These are things that are new. =things_that=that"],
    "verb": [
        "They began to feel cold. =start_to=began to",
        "It can help reduce noise. =help_to=help",
        "Ensure that you see it. =ensure_that_you=Ensure that",
        "They were trying to find it. =try_to=trying to",
    ],
    "spelling": ["They sent an email. =email=email", "She is an advisor to them. =adviser=advisor"],
    "pair": ["They came with friends and family. =friends_and_family=friends and family"],
}
REJECTED = {
    "connective": [
        "Thus the gate is old.",
        "He called it, in short order, a plan.",
        "To be honest, the gate is old.",
        "To the left, the gate is old.",
        "To whom it may concern, the gate is old.",
        "But then, why not.",
    ],
    "contraction": [
        "Why don't you ask them.",
        "You do not only ask them.",
        "Isn't it late for you.",
        "Yes, you know it is.",
        "It's been late for you.",
        "It's used by all of you there.",
        "Do NOT go there with them.",
        "Tell us how nice it is to see them.",
        "It's changed a great deal.",
    ],
    "preposition": [
        "They talk about 20 things.",
        "It looks like the gate.",
        "The noise is due to the wind.",
        "They stood before the judge.",
        "It acts like the other one.",
        "They trend toward-ish things.",
    ],
    "quantity": [
        "They stay all the time.",
        "They stay not every day there is.",
        "Make the most of your day.",
        "Nearly a year went by.",
        "They asked how many ways there are.",
    ],
    "adverb": [
        "They ask how often they came.",
        "The likely cause is the wind.",
        "The ones here are frequently there with them.",
    ],
    "pronoun": ["These are the people that are new.", "They asked Someone for it."],
    "verb": [
        "They use the help desk there.",
        "The start to the year was cold.",
        "They used to walk there.",
        "They can help children there.",
        "Their failed attempts to find it were long.",
    ],
    "spelling": ["They sent an Email to them.", "They sent an EMAIL to them."],
    "pair": [
        "They saw good friends and family values.",
        "Respectively, they saw size-and-shape things.",
        "They changed the size and shape of the box and the bag, respectively.",
    ],
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_accepted_contexts(kind: str) -> None:
    for row in ACCEPTED[kind]:
        sentence, _, site = row.partition(" =")
        assert site in found(sentence), row


@pytest.mark.parametrize("kind", REJECTED)
def test_rejected_contexts(kind: str) -> None:
    for sentence in REJECTED[kind]:
        assert found(sentence) == [], sentence


def examples(point: ChoicePoint, form: int, variant: int) -> Iterator[str]:
    """Sentences in which the formulation stands as its row demands."""

    def words(of: Neighbours, edge: str) -> list[str]:
        made = [w for w in sorted(of.allowed) if w not in ("$", "#")] + ([edge] if "$" in of.allowed else [])
        made += ["30"] if "#" in of.allowed else []
        made += ["mak" + ending for ending in of.endings]
        return made or (
            ["it", "gates", "old", "they", "is", "there"]
            if edge == "."
            else ["^", "gates", "they", "are", "saw", "have"]
        )

    written = point.forms[form][variant]
    for before in words(point.before, "^"):
        for after in words(point.after, "."):
            end = ":" if point.colon else "."
            middle = ", as they say, in the hall" if point.comma else ""
            starts = point.place == "start" or before == "^"
            head = "" if starts else f"They saw{'' if before in ',;' else ' '}{before}"
            own = written[0].upper() + written[1:] if starts else written
            joint = "" if starts or written[0] == "," else " "
            rest = (
                "."
                if after == "." or point.place == "end"
                else f"{'' if after in ',;' else ' '}{after} old gates{middle}{end}"
            )
            yield f"{head}{joint}{own}{rest}"


def test_every_formulation_can_be_found() -> None:
    lost = []
    for point in wording_table().points.values():
        for form in range(len(point.forms)):
            for variant in range(point.variants):
                wanted = (point.name, form, variant)
                if not any(
                    wanted
                    in [(s.point.name, s.form, s.variant) for s in sites_of("You know the way of it. " + sentence)]
                    for sentence in islice(examples(point, form, variant), 200)
                ):
                    lost.append((*wanted, next(examples(point, form, variant))))
    assert lost == []


def test_a_letter_keeps_its_tone() -> None:
    text = "I am glad that you asked them, and I do not mind the noise."
    assert {site.point.name for site in sites_of(text)} == {"i_am", "do_not"}
    assert sites_of(f"Dear Sir,\n\n{text}") == []


def test_context_holds_content_words_and_never_a_site() -> None:
    text = "The old gate depends on the heavy hinges, and it is often used for example in winter."
    sites = {site.point.name: site.words for site in sites_of(text)}
    assert sites["depends_on"] == ("old", "gate")
    assert sites["for_example"][-2:] == ("hinges", "used") or sites["for_example"][-1] == "used"
    assert not any("depend" in word or "often" in word for words in sites.values() for word in words)


def test_no_article_is_left_before_a_word_that_it_does_not_fit() -> None:
    assert "great_way" in [s.point.name for s in sites_of("This is a great way to see the house with them.")]
    assert sites_of("This is an especially old gate that they saw, as an almost red one.") == []


def test_broken_and_wrapped_formulations_are_read_as_one() -> None:
    text = (
        "You can see that the gate and the wall, which are as old as the house, are used for\nexample by the ones who "
        "come along the river and who work in the dry weeks of the year in order\nto improve them."
    )
    assert [site.point.name for site in sites_of(text)] == ["for_example", "in_order_to"]


def test_a_detector_reads_through_what_cleaning_does() -> None:
    text = "You don’t need the gate, which ﬁts in all of the rooms that are toward the end."
    dirty = text.replace("toward", "to\u200bward").replace(" gate", "\u00a0gate").replace("gate, ", "gate,\r\n")
    assert [s.point.name for s in sites_of(settled(dirty))] == [s.point.name for s in sites_of(settled(text))]
    assert len(sites_of(settled(dirty))) == 3


PARTS = st.sampled_from(
    [
        "You can ",
        "for example ",
        "the ",
        ", ",
        "\n",
        "\n\n",
        "`",
        "don't ",
        "it is ",
        "toward ",
        "in order to ",
        "find ",
        ". ",
        "30 ",
        "about ",
        "in ",
        '"',
        "and so on",
        "(e.g., ",
        ")",
        "I am ",
        "’s ",
    ]
)


@given(st.lists(PARTS, max_size=40))
@settings(max_examples=60, deadline=None)
def test_sites_are_in_order_and_apart_whatever_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    last = 0
    for site in sites_of(text):
        assert last <= site.start < site.end <= len(text)
        last = site.end
