"""A trace in words: the verdict as it may be quoted, what else would explain it, what it does not say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillwatch.marks import CommitmentCheck, KeyResult, MarkVerdict, RivalStory
from stillwatch.provenance.watermark.schemes import Scheme
from stillwatch.provenance.watermark.text.verdict import in_words
from stillwatch.provenance.watermark.tracing.spoofing import untested
from stillwatch.provenance.watermark.tracing.trace import Finding

__all__ = ["limits", "percent", "rivals", "sentence", "would_change"]

_NAMED = 5


def percent(share: float) -> str:
    share = min(max(share, 0.0), 1.0)
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


def sentence(
    suspect: str, answer: MarkVerdict, results: Sequence[KeyResult], found: Finding, level: float,
    commitment: CommitmentCheck | None,
) -> str:  # fmt: skip
    """The verdict with its error rate, as it may be quoted."""
    keys = len(found.totals)
    error = f"Where none of our marked text was used, at most {_chance(level)} such tests accuse anybody."
    if answer == "abstains":
        why = found.decoys.text if commitment is None or commitment.holds else commitment.text
        return f"No verdict on {suspect}. {why}"
    if answer == "not shown":
        return (
            f"None of {keys:,} keys is shown to be in {suspect}. That is no sign of innocence: paraphrase and "
            "neutralisation remove marks."
        )
    accounts = sorted((r for r in results if r.accused and r.account), key=_strength)
    others = sorted((r for r in results if r.accused and not r.account and r.epoch), key=_strength)
    cohorts = sorted((r for r in results if r.accused and not r.account and not r.epoch), key=_strength)
    parts = []
    if accounts:
        parts.append(f"Text marked for {_list([f'account {r.account}' for r in accounts])} is in {suspect}")
    if others:
        parts.append(f"text marked with the key of {_list([r.cohort or 'the provider' for r in others])} is in it")
    if cohorts:
        alone = "" if accounts else ", though no account of it can be named alone"
        where = suspect if not parts else "it"
        parts.append(f"cohort {_list([r.cohort for r in cohorts])}, tested as one, is in {where}{alone}")
    weakest = max(_adjusted(r) for r in (*accounts, *others, *cohorts))
    said = "; ".join(parts)
    return (
        f"{said[0].upper()}{said[1:]} (adjusted {in_words(weakest)} or less, {keys:,} keys tested). {error} "
        "It says where text came from, not who bought it."
    )


def rivals(access: str, spoofing: RivalStory | None, leaked: int) -> tuple[RivalStory, ...]:
    """What else would put the marks there. `leaked` keys are in the register, and were no part of the test."""
    return (
        RivalStory(
            name="the account bought for somebody else",
            standing="possible",
            text="A reseller's customer, a stolen key or a taken-over account leaves the same mark: see the ledger.",
        ),
        RivalStory(
            name="marked answers were published",
            standing="not tested",
            text="Answers that the account's owner published may have been collected by anybody. Search for them.",
        ),
        RivalStory(
            name="the suspect's base was trained on it",
            standing="not tested",
            text="Trace the suspect's base too: what is in the base already was not bought by who tuned it.",
        ),
        spoofing or untested(access),
        RivalStory(
            name="the key leaked",
            standing="possible" if leaked else "unlikely",
            text=f"{leaked} of the keys are recorded as leaked and counted for nothing; look how that came."
            if leaked
            else "The register records no leak of a key that was tested.",
        ),
    )


def would_change(found: Finding, answer: MarkVerdict) -> tuple[str, ...]:
    said = []
    if found.least is not None and np.isfinite(found.least):
        more = "" if found.least < 1 else ", so no key alone could be found here"
        said.append(
            f"A key that marked about {percent(found.least)} of the data would be found in half of such cases{more}. "
            "More text of the suspect lowers that."
        )
    if answer != "marked":
        said.append("Accounts joined beforehand (--cohorts) can be found together where none is found alone.")
    if not found.second_sound:
        said.append("The look without what was found was dropped: its decoys were off. Weaker keys may be missed.")
    return tuple(said)


def limits(found: Finding, scheme: Scheme, access: str, pooled: bool, strength: float | None) -> tuple[str, ...]:
    said = ["A mark that is not found proves nothing: paraphrase and neutralisation remove it."]
    if pooled:
        said.append(
            "Half of the level is spent on every key alone, half on the cohorts; a cohort is named as a whole, by the "
            "accounts it had before the test."
        )
    if found.shares:
        floor = " and, as no strength was given, for the strongest possible mark" if strength is None else ""
        said.append(
            f"Shares are for a student that learnt its data perfectly{floor}: read them as at least about. Their "
            "intervals are of chance alone."
        )
    elif access != "text":
        said.append(f"Shares are not estimated for {scheme.name}.")
    return tuple(said)


def _strength(result: KeyResult) -> tuple[float, float]:
    return (_adjusted(result), -(result.z or 0.0))


def _adjusted(result: KeyResult) -> float:
    return 0.0 if result.log10_p_adjusted is None else result.log10_p_adjusted


def _list(names: Sequence[str]) -> str:
    shown = list(dict.fromkeys(names))
    more = len(shown) - _NAMED
    if more > 0:
        return ", ".join(shown[:_NAMED]) + f" and {more:,} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _chance(level: float) -> str:
    return f"1 in {1 / level:,.0f}"
