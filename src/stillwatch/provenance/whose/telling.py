"""The words of an answer: what is named, what cannot be told apart, what an innocent model would look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillwatch.provenance.fingerprint.coverage import COVERAGE as COVERAGE_OF_PACK
from stillwatch.provenance.fingerprint.innocents import Null
from stillwatch.provenance.whose.finding import NoneOfThese
from stillwatch.provenance.whose.matching import ENOUGH_PROMPTS, Match
from stillwatch.provenance.whose.pack import Manifest
from stillwatch.provenance.whose.ranking import COVERAGE, LEVEL, Ranking

__all__ = ["LIMITS", "none_of_these", "notes", "sentence"]

LIMITS = (
    "Only providers in the pack can be found. A student of an absent teacher resembles whoever is nearest: so "
    "strangers, not the pack's own models, decide whether anybody is named.",
    "Versions of one provider are shown and not told apart: style alone does not tell the version.",
    "A model that stands on another's weights resembles it without having read a word of its answers. Where its base "
    "is known, say so with --family; where it is not, the closest provider may be its maker.",
    "Resemblance is not copying: a provider's text on the web, or out of another student, looks alike.",
    "The family of models is the unit, never the question: more questions make no p-value smaller, more families do.",
    "A model that is not named is not cleared: few students are noticed (see the chance of being named).",
)


def _both(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _p(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}" if value >= 0.001 else f"{value:.1e}"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def sentence(suspect: str, ranking: Ranking, none: NoneOfThese, group: Sequence[str]) -> str:
    """The answer with its error rate, as it may be quoted."""
    best = ranking.best
    if best is None:
        return f"{suspect}: no provider in the pack can be judged."
    rate = (
        f"With their provider left out, {_share(none.rate)} of innocent models were named (a model in {none.named} of "
        f"{none.families} control families)"
    )
    if ranking.named:
        return (
            f"{suspect} answers as a student of {_both(group)} would (p = {_p(best.p)}, all candidates and strangers "
            f"allowed for; the smallest possible here is {_p(none.floor)}). {rate}."
        )
    closest = f"If one of these providers taught it, it was {_both(group)} ({_share(COVERAGE)} set)"
    if none.standing == "supported":
        return (
            f"{suspect}: none of these. A faithful student of any provider in the pack would stand out more. "
            f"{closest}. {rate}."
        )
    return (
        f'{suspect}: "none of these" cannot be ruled out. {closest}; but models whose teacher is not in the pack come '
        f"as close to somebody with p = {_p(best.p_absent)}, and {LEVEL} is needed. {rate}."
    )


def none_of_these(none: NoneOfThese, ranking: Ranking) -> str:
    """What an innocent model looks like, and how well the pack can tell."""
    middle = none.strangers[len(none.strangers) // 2] if none.strangers else float("nan")
    text = (
        f"An innocent model is closest to somebody too: with its own provider left out of the pack, the middle "
        f"one of {len(none.strangers)} families and blends of two scores {middle:+.2f} against whoever is nearest. "
        f"{_share(none.rate)} of such models were named, families weighing alike; in {none.named} of {none.families} "
        f"families it was one model or more (95 % interval {_share(none.low)} to {_share(none.high)}). Compared with "
        f"the pack's own models only, {_share(none.rate_by_holm_alone)} would have been."
    )
    if none.floor > LEVEL:
        text += (
            f" With so few families the smallest possible p is {_p(none.floor)}, so nobody can be named at {LEVEL}: "
            "add models of further families and providers."
        )
    if ranking.margin is None:
        text += " No provider has two models, so nothing shows how far below the best the true teacher may stand."
    return text


def notes(match: Match, manifest: Manifest, nulls: Mapping[str, Null]) -> tuple[str, ...]:
    """What was not as it should be: questions that are not common, models and providers that could not take part."""
    found = []
    common = len(match.corpus.prompts)
    if common < match.pack_prompts:
        found.append(f"Compared on {common} common questions of the pack's {match.pack_prompts}.")
    if common < COVERAGE_OF_PACK * match.pack_prompts:
        found[-1] += " In openings, wording and habits its models are known by all of them."
    if common < ENOUGH_PROMPTS:
        found.append(
            f"Fewer than {ENOUGH_PROMPTS} questions: the ranking is less sure than the rates that docs/whose.md tells."
        )
    if match.reworded:
        found.append(f"{match.reworded} questions have a name of the pack's and other words; they were not compared.")
    if match.dropped:
        found.append(f"Answered too few of the common questions, left out: {', '.join(match.dropped)}.")
    short = [name for name, null in nulls.items() if not null.enough]
    if short:
        found.append(f"Too few controls beside them to be judged: {', '.join(short)}.")
    if match.corpus.models[-1] in match.corpus.models[:-1]:
        found.append("The pack has a model of the suspect's name: it was compared with it as with any other.")
    if set(manifest.providers) - set(nulls):
        found.append(f"No longer in the pack: {', '.join(sorted(set(manifest.providers) - set(nulls)))}.")
    return tuple(found)
