"""Which key, scheme and strength an exchange gets.

Ordinary traffic shares one cohort key and a scheme whose every single draw keeps the model's own distribution. Once an
account is marked as part of a campaign it gets a key of its own, a short context, which students learn best, and a
stronger bias. Honest customers pay nothing, evidence gathers where it is needed, and few keys have to be tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys.name import KeyLevel, KeyName
from stillwatch.provenance.watermark.keys.register import Register

__all__ = ["ENGINES", "Assignment", "Decision", "MarkingPolicy", "assign", "assignments", "decided", "volume_advice"]

ENGINES: dict[str, tuple[str, str]] = {
    "own": ("gumbel:width=4", "kgw:gamma=0.25,width=1"),
    "sglang": ("sglang-gumbel:width=4", "sglang-gumbel:width=1"),
    "vllm": ("vllm-gumbel:width=4", "kgw:gamma=0.25,width=1"),
}
"""Who samples: (scheme of ordinary traffic, scheme of a campaign). SGLang takes a key and a context with each request;
vLLM's native sampler has one key an engine, so a campaign's marks come from our own logits processor there."""

_SEEN_WEAK, _SEEN_STRONG = 27_000, 134_000


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """From `marked_since` on (None: from the beginning) the account is treated as part of that campaign."""

    account: str
    cohort: str
    marked_since: datetime | None = None


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine does with a request, and what is logged with the answer. Holds no key. `delta` is the bias of
    green tokens in nats, None where the scheme has none; account "" is everybody not decided on."""

    account: str
    cohort: str
    level: KeyLevel
    scheme: str
    width: int
    epoch: str
    key_id: str
    delta: float | None = None


class MarkingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`delta` holds for campaigns whose scheme is a green list."""

    provider: str
    epoch: str
    ordinary_cohort: str = "ordinary"
    ordinary_scheme: str = ENGINES["own"][0]
    campaign_scheme: str = ENGINES["own"][1]
    delta: float = 4.0

    @classmethod
    def for_engine(cls, engine: str, *, provider: str, epoch: str) -> MarkingPolicy:
        if engine not in ENGINES:
            raise BadSettings(f"no engine {engine!r}; there are: {', '.join(ENGINES)}.")
        ordinary, campaign = ENGINES[engine]
        return cls(provider=provider, epoch=epoch, ordinary_scheme=ordinary, campaign_scheme=campaign)

    def name(self, decision: Decision | None) -> KeyName:
        if decision is None:
            return KeyName(
                provider=self.provider, scheme=self.ordinary_scheme, epoch=self.epoch, cohort=self.ordinary_cohort
            )
        return KeyName(
            provider=self.provider,
            scheme=self.campaign_scheme,
            epoch=self.epoch,
            cohort=decision.cohort,
            account=decision.account,
        )

    def names(self, decisions: Iterable[Decision]) -> tuple[KeyName, ...]:
        """Every key that the register must have: the ordinary one first."""
        return (self.name(None), *(self.name(decision) for decision in decisions))


def decided(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """One decision an account: the one that marks it first, and of those the cohort first in order of name."""
    began = datetime.min.replace(tzinfo=UTC)
    made: dict[str, Decision] = {}
    for one in sorted(decisions, key=lambda one: (one.account, one.marked_since or began, one.cohort)):
        made.setdefault(one.account, one)
    return made


def assign(
    policy: MarkingPolicy, register: Register, decisions: Mapping[str, Decision], account: str, at: datetime
) -> Assignment:
    """What an exchange of that account, at that time, is marked with. Raises BadSettings where the key may not mark."""
    decision = decisions.get(account)
    if decision is not None and decision.marked_since is not None and at < decision.marked_since:
        decision = None
    name = policy.name(decision)
    standing = register.by_id.get(name.id)
    if standing is None or standing.name != name:
        raise BadSettings(f"{register.path}: has no key {name.id} for this policy. `keys assign --add` brings it in.")
    if not standing.marks:
        raise BadSettings(f"{register.path}: key {name.id} is {standing.state} and marks no more. Begin a new epoch.")
    return Assignment(
        account=name.account,
        cohort=name.cohort,
        level=name.level,
        scheme=name.scheme,
        width=_width(name.scheme),
        epoch=name.epoch,
        key_id=name.id,
        delta=policy.delta if decision is not None and "kgw" in name.scheme.partition(":")[0] else None,
    )


def assignments(
    policy: MarkingPolicy, register: Register, decisions: Iterable[Decision], at: datetime
) -> list[Assignment]:
    """Everybody's first, then one for each account that is marked at that time, in order."""
    by_account = decided(decisions)
    everyone = [assign(policy, register, by_account, account, at) for account in ("", *sorted(by_account))]
    return [one for i, one in enumerate(everyone) if i == 0 or one.account]


def volume_advice(tokens: int) -> str:
    """Whether a key has marked enough for a student to carry it. Figures: one key in a student's 267,000 tokens,
    50,000 tokens read of the student, green list with one token of context."""
    seen = f"{_SEEN_WEAK // 1000}k marked tokens gave only 1e-5, {_SEEN_STRONG // 1000}k gave 1e-40"
    if tokens < _SEEN_WEAK:
        return f"{tokens:,} marked tokens are too few: measured, {seen}. Let an epoch last longer."
    if tokens < _SEEN_STRONG:
        return f"{tokens:,} marked tokens are few: measured, {seen}. A longer epoch is safer."
    return f"{tokens:,} marked tokens may be enough for a small student: measured, {seen}."


@lru_cache(maxsize=64)
def _width(scheme: str) -> int:
    from stillwatch.provenance.watermark.schemes import scheme_named

    return scheme_named(scheme).width
