"""What a test of text says in words: the verdict as it may be quoted, what would change it, and what it does not
show."""

from __future__ import annotations

import math
from collections.abc import Sequence

from stillwatch.marks import DecoyCheck, KeyResult, MarkedSpan, MarkInquiry, MarkVerdict, RivalStory, level_words
from stillwatch.provenance.watermark.laws import Bernoulli, Law, Layers

__all__ = ["ABSENCE", "LIMITS", "in_words", "named", "rivals", "told", "verdict_of", "would_change"]

ABSENCE = (
    "That no mark was shown means nothing: paraphrase removes marks, short or predictable text carries too little of "
    "one, and text may never have been marked."
)

LIMITS = (
    ABSENCE,
    "A mark shows with whose key text was written, not who bought the answer, who passed it on or who keeps it now.",
    "Text is scored in the tokens of the tokenizer given. Another one's tokens, edits and paraphrase only weaken a "
    "mark; they cannot make one.",
    "Each distinct pair of context and token counts once, pairs that a prompt holds not at all: copies add nothing.",
)


def verdict_of(decoys: DecoyCheck, results: Sequence[KeyResult], spans: Sequence[MarkedSpan]) -> MarkVerdict:
    """Abstains where the decoys are not sound, whatever the keys say."""
    if not decoys.sound:
        return "abstains"
    return "marked" if spans or any(one.accused for one in results) else "not shown"


def told(case: MarkInquiry) -> str:
    """The verdict in a sentence or two, with sizes and error rate."""
    tried = f"{len(case.keys):,} key{'s' if len(case.keys) != 1 else ''}"
    size = f"{case.tokens:,} tokens, {case.pairs:,} distinct pairs"
    if case.verdict == "abstains":
        return f"No judgement on {size}. {case.decoys.text}"
    error = f"family-wise error {level_words(case.level)} over {tried}"
    accused = [one for one in case.keys if one.accused]
    if accused:
        best = min(accused, key=lambda one: one.log10_p_adjusted or 0.0)
        others = len(accused) - 1
        more = f" So it does of {others} other key{'s' if others > 1 else ''}." if others else ""
        return (
            f"The text carries the mark of {named(best)}: {in_words(best.log10_p_adjusted)} after correction "
            f"({error}; {size}).{more}"
        )
    if case.spans:
        best_span = min(case.spans, key=lambda one: one.log10_p_adjusted)
        places = f"{len(case.spans)} stretch{'es' if len(case.spans) > 1 else ''}"
        return (
            f"The text as a whole shows no mark, but {places} of it do: the clearest has "
            f"{best_span.end - best_span.start:,} tokens and {in_words(best_span.log10_p_adjusted)} after correction "
            f"({error}, all windows; {size})."
        )
    lowest = min((one.log10_p_adjusted for one in case.keys if one.log10_p_adjusted is not None), default=0.0)
    return f"No mark was shown: the lowest {in_words(lowest)} after correction ({error}; {size}). {ABSENCE}"


def would_change(case: MarkInquiry, law: Law) -> tuple[str, ...]:
    """What could turn the result, in the order in which to try it."""
    if case.verdict == "marked":
        return (
            "A key that was leaked, or handed to somebody who marks with it, would make the hit worth nothing.",
            "Text that was marked on purpose to put the blame on the key's holder (spoofing) would look the same.",
        )
    least = _fewest_pairs(law, case.level / max(len(case.keys), 1))
    made = [
        "More of the text: evidence grows with the number of distinct pairs of context and token.",
        "The text as it was returned, before anybody reworded it.",
        "The keys of earlier epochs and of other schemes, if they are not among those tried.",
    ]
    if least and case.pairs < least:
        reason = f"with {case.pairs:,}, not even text that is marked throughout can reach the level"
        made.insert(0, f"At least {least} pairs: {reason}.")
    return tuple(made)


def rivals(case: MarkInquiry) -> tuple[RivalStory, ...]:
    """Other ways to such a score."""
    chance = (
        f"Some innocent key is accused with probability {level_words(case.level)} at most; {case.decoys.count:,} "
        "decoys score as chance would."
    )
    made = [RivalStory(name="chance", standing="ruled out" if case.verdict == "marked" else "possible", text=chance)]
    if case.verdict != "marked":
        return tuple(made) if case.decoys.sound else ()
    made += [
        RivalStory(
            name="quotation", standing="possible",
            text="Whoever wrote the text may have copied marked answers that a third party published.",
        ),
        RivalStory(
            name="spoofing", standing="not tested",
            text="Somebody who studied much marked text can imitate a mark without its key, with short contexts best.",
        ),
        RivalStory(
            name="leaked key", standing="not tested",
            text="Whoever holds the key can mark any text with it. The register says what is known of that.",
        ),
    ]  # fmt: skip
    return tuple(made)


def named(one: KeyResult) -> str:
    """Whose key, in words."""
    whose = {
        "provider": "the provider's own key",
        "cohort": f"cohort {one.cohort}",
        "account": f"account {one.account}",
    }[one.level]
    within = f" of cohort {one.cohort}" if one.level == "account" and one.cohort else ""
    epoch = f", epoch {one.epoch}" if one.epoch else ""
    return f"{whose}{within} (key {one.key_id}{epoch})"


def in_words(log10_p: float | None) -> str:
    """ "p = 0.013", "p = 4.1e-10", never less than "p < 1e-12"."""
    if log10_p is None:
        return "p unknown"
    if log10_p < -12:
        return "p < 1e-12"
    p = 10.0 ** min(log10_p, 0.0)
    return f"p = {p:.2g}"


def _fewest_pairs(law: Law, p: float) -> int | None:
    """How many pairs the smallest possible p-value needs, where values have a largest one."""
    if isinstance(law, Bernoulli):
        return math.ceil(math.log(p) / math.log(law.share))
    if isinstance(law, Layers):
        return math.ceil(-math.log2(p) / len(law.weights))
    return None
