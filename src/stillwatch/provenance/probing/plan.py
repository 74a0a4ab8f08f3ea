"""What a run would ask: how many questions of each target, what they cost and how long they take. Asks nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from stillwatch.errors import BadSettings
from stillwatch.provenance.probing.asking import OUTPUT_GUESS
from stillwatch.provenance.probing.journal import Journal, Key
from stillwatch.provenance.probing.questions import Probe, ProbeSet
from stillwatch.provenance.probing.spending import MOST_QUESTIONS, cost, most_tokens_in, tokens_in_about
from stillwatch.provenance.probing.targets import Target

__all__ = ["Estimate", "asked_so_far", "estimate", "still_to_ask"]


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One target. Tokens out are a guess of 500 an answer; `most_cost` is what it cannot exceed without retries. Costs
    are None where no price was given. `minutes` is what the rate limits alone take."""

    target: str
    model: str
    questions: int
    kept: int
    to_ask: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    most_cost: float | None
    minutes: float


def still_to_ask(
    target: Target, probes: ProbeSet, samples: int | None, answered: Iterable[Key]
) -> list[tuple[Probe, int]]:
    """Questions that lack an answer: first samples first, each round in an order that mixes the strata, so that a run
    which ends early, or a target that is asked only so many, has answered something of each. `samples` replaces the
    repeats of those probes that have any."""
    kept = set(answered)
    rounds = max((_times(probe, samples) for probe in probes.probes), default=0)
    mixed = sorted(probes.probes, key=lambda probe: hashlib.sha256(probe.prompt_id.encode()).digest())
    whole = [(probe, sample) for sample in range(rounds) for probe in mixed if sample < _times(probe, samples)]
    return [
        (probe, sample)
        for probe, sample in whole[: target.questions]
        if (target.name, probe.prompt_id, sample) not in kept
    ]


def _times(probe: Probe, samples: int | None) -> int:
    return probe.repeat if samples is None or probe.repeat == 1 else samples


def asked_so_far(targets: Sequence[Target], journal: Journal) -> dict[tuple[str, str], int]:
    """Requests that each model (an address and a model's name there) got, under whichever target's name."""
    asked: dict[tuple[str, str], int] = {}
    for name, attempts in journal.attempts.items():
        model = journal.model(name)
        asked[model] = asked.get(model, 0) + attempts
    for target in targets:
        asked.setdefault((target.url, target.model), 0)
    return asked


def estimate(targets: Sequence[Target], probes: ProbeSet, journal: Journal, *, samples: int | None) -> list[Estimate]:
    """Raises BadSettings where a model would be asked more than the hard cap, what the journal holds included."""
    asked = asked_so_far(targets, journal)
    estimates = []
    for target in targets:
        whole = still_to_ask(target, probes, samples, ())
        missing = still_to_ask(target, probes, samples, journal.answered)
        model = (target.url, target.model)
        asked[model] += len(missing)
        if asked[model] > MOST_QUESTIONS:
            raise BadSettings(
                f"target {target.name}: {asked[model]:,} questions with those already asked; no model is asked more "
                f"than {MOST_QUESTIONS:,}. Use a smaller probe set or fewer --samples."
            )
        tokens_in = sum(tokens_in_about(target, probe.prompt) for probe, _ in missing)
        tokens_out = len(missing) * min(OUTPUT_GUESS, target.decoding.max_tokens)
        most_in = sum(most_tokens_in(target, probe.prompt) for probe, _ in missing)
        by_tokens = (tokens_in + tokens_out) / target.tokens_per_minute if target.tokens_per_minute else 0.0
        estimates.append(
            Estimate(
                target=target.name,
                model=target.model,
                questions=len(whole),
                kept=len(whole) - len(missing),
                to_ask=len(missing),
                tokens_in=tokens_in,
                tokens_out=tokens_out,
                cost=cost(target, tokens_in, tokens_out),
                most_cost=cost(target, most_in, len(missing) * target.decoding.max_tokens),
                minutes=max(len(missing) / target.per_minute, by_tokens),
            )
        )
    return estimates
