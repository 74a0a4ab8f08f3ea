"""Does this text, or this model, word things as one of our keys would? Many keys at once, with one error over all.

The statistic is that of every mark here: distinct questions, weights that no key chose, the exact or saddlepoint tail,
decoys, Holm. Without a reference each question counts once. With one (answers to such prompts that nobody marked) a
question's weight is how far its answers differ from the reference's habits: the only way in which a channel of few
questions, `width` 0, gains from more text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from stillwatch import __version__
from stillwatch.errors import BadSettings, NothingToRead
from stillwatch.marks import CommitmentCheck, MarkInquiry
from stillwatch.provenance.canaries.questions import Counts, count_answers
from stillwatch.provenance.canaries.reading import Answers
from stillwatch.provenance.canaries.scheme import Wording, majority_pairs
from stillwatch.provenance.canaries.sites import Site, settled, sites_of
from stillwatch.provenance.watermark.pairs import Pairs
from stillwatch.provenance.watermark.tails import Tail, rounded
from stillwatch.provenance.watermark.text.candidates import Candidate
from stillwatch.provenance.watermark.text.decoys import DECOYS, check_decoys, ranks
from stillwatch.provenance.watermark.text.levels import gatekept
from stillwatch.provenance.watermark.text.verdict import ABSENCE, rivals, told, verdict_of, would_change

__all__ = ["LIMITS", "detect_wording", "residual_pairs", "wording_counts"]

LIMITS = (
    ABSENCE,
    "This channel is weaker than marks made in sampling: one choice in some sixty words, and any rewording removes it.",
    "Each distinct question (a choice and the words before it) counts once, and not where the prompt answers it alike.",
    "A mark shows with whose key text was worded, not who bought the answer, who passed it on or who keeps it now.",
)
_WITH_REFERENCE = (
    "A student learns choices at width 0, and hardly beyond; there, whoever compares accounts can copy a key's habits."
)
_HABIT = 0.25
"""Variance, in logits squared, with which a model's own habits differ from a reference's: half a logit is usual."""


def wording_counts(answers: Answers, width: int) -> Counts:
    """The questions that the answers give, less those that their prompts give alike."""
    return count_answers(_sites(answers.texts), width, without=_sites(answers.prompts))


def residual_pairs(suspect: Counts, reference: Counts) -> tuple[Pairs, NDArray[np.float64]]:
    """Each question with the answer that the suspect gave more often than the reference does, and its weight.

    Were r the reference's share of "yes" and a key's mark a small shift of it, the log likelihood ratio of the key's
    answer would be proportional to n_yes - n r. That is shrunk by what the reference's own size (m) and a model's own
    habits leave open: |n_yes - n r| / (1 + n r (1 - r) habit + n / (m + 1)). No key enters, so the null stays exact.
    """
    known = dict(
        zip(reference.hashes.tolist(), zip(reference.no.tolist(), reference.yes.tolist(), strict=True), strict=True)
    )
    rows = np.array([known.get(h, (0, 0)) for h in suspect.hashes.tolist()], np.float64).reshape(-1, 2)
    m = rows.sum(1)
    share = (rows[:, 1] + 0.5) / (m + 1.0)
    n = (suspect.no + suspect.yes).astype(np.float64)
    residual = suspect.yes - n * share
    weight = np.abs(residual) / (1.0 + n * share * (1.0 - share) * _HABIT + n / (m + 1.0))
    pairs = Pairs(
        suspect.hashes, np.full((len(suspect), 0), -1, np.int32), (residual > 0).astype(np.int32),
        suspect.no + suspect.yes, suspect.positions,
    )  # fmt: skip
    said = weight > 1e-9
    return pairs.take(said), rounded(weight[said])


def detect_wording(
    answers: Answers,
    scheme: Wording,
    keys: Sequence[Candidate],
    *,
    reference: Answers | None = None,
    level: float = 1e-6,
    decoys: int = DECOYS,
    seed: int = 0,
    commitment: CommitmentCheck | None = None,
    suspect: str = "",
    progress: Callable[[str, float], None] | None = None,
) -> MarkInquiry:
    """One case over all answers. `reference` makes it a test of a model: its answers against unmarked ones."""
    if not keys:
        raise NothingToRead(f"no key of scheme {scheme.name} to try. Add one, or name another scheme.")
    if not 0 < level < 1:
        raise BadSettings(f"level {level}: is a probability between 0 and 1.")
    say = progress or (lambda _what, _share: None)
    say("choices", 0.1)
    counts = wording_counts(answers, scheme.width)
    if reference is None:
        pairs = majority_pairs(counts)
        weights = np.ones(len(pairs))
    else:
        say("the reference's choices", 0.4)
        pairs, weights = residual_pairs(counts, wording_counts(reference, scheme.width))
    tail = Tail(weights, scheme.law)
    say(f"{len(keys):,} keys, {decoys:,} decoys", 0.7)
    totals = scheme.totals(pairs, weights, [one.key for one in keys]) if len(pairs) else np.zeros(len(keys))
    check = check_decoys(scheme, pairs, weights, tail, decoys, seed)
    z, log10_p = np.broadcast_to(tail.z(totals), len(keys)), tail.log10_p(totals)
    places = ranks(z, check)
    results = [one.result(float(z[i]), float(log10_p[i]), int(places[i])) for i, one in enumerate(keys)]
    counted = [i for i, one in enumerate(keys) if one.counts and len(pairs)]
    for i, one in zip(counted, gatekept([results[i] for i in counted], level, gated=False), strict=True):
        results[i] = one
    case = MarkInquiry(
        kind="text" if reference is None else "radioactivity", suspect=suspect or _named(answers),
        access="text" if reference is None else "closed", scheme=scheme.name,
        verdict=verdict_of(check, results, ()), sentence="", tokens=answers.words, pairs=len(pairs), level=level,
        weight="equal" if reference is None else "residual", dominance=tail.dominance,
        keys=tuple(sorted(results, key=lambda one: (not one.accused, -(one.z or 0.0), one.key_id))),
        decoys=check, commitment=commitment,
        provenance={
            "stillwatch": __version__, "seed": str(seed), "decoys": str(decoys), "answers": str(len(answers)),
            "channel": "wording; tokens are words, a pair is a choice after its context",
            **{f"sha256 of {name}": value for name, value in answers.files},
            **({f"sha256 of reference {name}": value for name, value in reference.files} if reference else {}),
            **{f"left out: {reason}": str(count) for reason, count in answers.left_out},
        },
    )  # fmt: skip
    limits = LIMITS if reference is None else (*LIMITS, _WITH_REFERENCE)
    sentence = told(case).replace(" tokens, ", " words, ").replace("distinct pairs", "distinct choices")
    return msgspec.structs.replace(
        case, sentence=sentence, would_change=would_change(case, scheme.law), limits=limits, rivals=rivals(case)
    )


def _sites(texts: Sequence[str]) -> list[Site]:
    return [site for text in texts if text for site in sites_of(settled(text))]


def _named(answers: Answers) -> str:
    names = [name for name, _ in answers.files] or list(answers.ids)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
