"""A radioactivity test in words: the verdict as it may be quoted, what else would explain it, what it cannot say."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.marks import CommitmentCheck, DecoyCheck, KeyResult, MarkVerdict, RivalStory, level_words
from stillwatch.provenance.watermark.radioactivity.looks import LOOKS, next_look
from stillwatch.provenance.watermark.radioactivity.reference import Reference
from stillwatch.provenance.watermark.radioactivity.suspect import Suspect
from stillwatch.provenance.watermark.text.verdict import in_words, named

__all__ = ["limits", "rivals", "sentence", "verdict", "would_change"]

_NAMED = 3


def verdict(keys: Sequence[KeyResult], decoys: DecoyCheck, commitment: CommitmentCheck | None) -> MarkVerdict:
    if not decoys.sound or (commitment is not None and not commitment.holds):
        return "abstains"
    return "marked" if any(key.accused for key in keys) else "not shown"


def sentence(
    answer: MarkVerdict, keys: Sequence[KeyResult], suspect: Suspect, read: tuple[int, int], level: float,
    decoys: DecoyCheck, commitment: CommitmentCheck | None,
) -> str:  # fmt: skip
    """The verdict with its error rate and the sizes that it rests on: `read` is (tokens, pairs) of the last look."""
    judged = [key for key in keys if key.log10_p_adjusted is not None]
    what = "answers" if suspect.access == "closed" else "its probabilities"
    size = f"{read[0]:,} tokens of {what}, {read[1]:,} pairs, {_count(len(judged), 'key')} tried"
    if answer == "abstains":
        why = decoys.text if commitment is None or commitment.holds else commitment.text
        return f"No verdict on {suspect.name}. {why}"
    if answer == "not shown":
        best = min((key.log10_p_adjusted or 0.0 for key in judged), default=0.0)
        return (
            f"No mark is shown in {suspect.name} ({size}; best adjusted {in_words(best)}, level {level_words(level)}). "
            "That is no sign of innocence: paraphrase and neutralisation remove marks."
        )
    found = sorted((key for key in keys if key.accused), key=lambda key: key.log10_p_adjusted or 0.0)
    deepest = _deepest(found)
    names = " and ".join(named(key) for key in deepest[:_NAMED])
    names += f" and {len(deepest) - _NAMED:,} more" if len(deepest) > _NAMED else ""
    weakest = max(key.log10_p_adjusted or 0.0 for key in found)
    return (
        f"{suspect.name} learnt from text that carries the mark of {names}: adjusted {in_words(weakest)} ({size}). "
        f"Were none of it marked, at most 1 in {1 / level:,.0f} such tests would say so. It shows where text came "
        "from, not who bought it."
    )


def rivals(answer: MarkVerdict, suspect: Suspect, leaked: int) -> tuple[RivalStory, ...]:
    """What else would put the mark there. None where no mark was found: there is nothing to explain."""
    if answer != "marked":
        return ()
    prompted = bool(suspect.texts.prompts.sum())
    return (
        RivalStory(
            name="the mark is in the prompts, not in the model",
            standing="unlikely" if suspect.access == "open" or prompted else "possible",
            text=(
                "Contexts that the input had shown before were left out."
                if suspect.access == "open"
                else "Pairs that an answer's own prompt holds were left out."
                if prompted
                else "The answers came without their prompts: an answer may echo marked text that it was shown."
            ),
        ),
        RivalStory(
            name="trained on published marked text",
            standing="not tested",
            text="Answers that a customer published may be in any crawl. Search for them, and see when they appeared.",
        ),
        RivalStory(
            name="answers bought through a reseller",
            standing="possible",
            text="A key names the account that was answered. Its holder may have sold, lost or lent the access.",
        ),
        RivalStory(
            name="the suspect's base was trained on it",
            standing="not tested",
            text="Test that base with the same keys, or make it the reference: then only what came after counts.",
        ),
        RivalStory(
            name="the mark was imitated (spoofed)",
            standing="not tested",
            text=(
                "Whoever holds many answers of one key can imitate its mark, to incriminate. "
                "No test tells imitation from marked text once a student has learnt it."
            ),
        ),
        RivalStory(
            name="the key leaked",
            standing="possible" if leaked else "unlikely",
            text=(
                f"{_count(leaked, 'key')} of the register leaked and counted for nothing; look how."
                if leaked
                else "The register records no leak of a key that was tried."
            ),
        ),
    )


def limits(suspect: Suspect, reference: Reference, read: int) -> tuple[str, ...]:
    """What the result does not carry, beside what the report says of every case. `read`: tokens at the last look."""
    said = [
        f"p is the best of the declared looks at the text, times {len(LOOKS)}, their number: more text never makes it "
        "worse, and whoever reads on until it suffices gains nothing by that."
    ]
    if read < suspect.texts.written:
        beyond = next_look(read)
        wait = "are past the last look" if beyond is None else f"wait for the look at {beyond:,}"
        said.append(f"{suspect.texts.written - read:,} tokens after the first {read:,} {wait}.")
    if suspect.retokenised:
        said.append(
            "The text was read with the provider's tokenizer. A suspect with another one breaks words elsewhere, which "
            "hides part of the mark and never makes one."
        )
    if suspect.access == "closed" and not suspect.texts.prompts.sum():
        said.append("The prompts are not known, so an echo of marked text in them cannot be left out.")
    if reference.kind == "answers":
        said.append(
            f"The reference was counted from {reference.tokens:,} tokens of unmarked answers. A model as reference "
            "finds more; the error rate is the same."
        )
    said.append("The reference must never have seen the mark. Had it, marks would be missed, not invented.")
    return tuple(said)


def would_change(answer: MarkVerdict, suspect: Suspect, reference: Reference, level: float) -> tuple[str, ...]:
    """What would turn the verdict, or should be tried next."""
    if answer == "abstains":
        return ("Decoys that score as chance would, and keys that are those committed to.",)
    if answer == "marked":
        return (
            "A base of the suspect in which the same key is found.",
            "A public source of the marked answers, older than the suspect.",
            "A leak of the key before the suspect was trained.",
        )
    said = [f"Four times the text, read with the same keys, and an adjusted p-value below {level_words(level)}."]
    if suspect.access == "closed":
        said.append("The suspect's probabilities instead of its answers (its folder, with --contexts).")
    else:
        said.append("Contexts that are answers which the accounts are known to have got.")
    if reference.kind == "answers":
        said.append("A reference model instead of answers.")
    return tuple(said)


def _deepest(found: Sequence[KeyResult]) -> list[KeyResult]:
    """Those of the narrowest level: an account says more than its cohort."""
    for level in ("account", "cohort", "provider"):
        if own := [key for key in found if key.level == level]:
            return own
    return []


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
