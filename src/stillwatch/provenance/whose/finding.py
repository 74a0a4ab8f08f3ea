"""What the open question "whose is this model?" hands to its readers. `None` means "cannot judge", which is not 0."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["LeftOut", "NoneOfThese", "Noticed", "Teacher", "Version", "Whose"]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One model of a provider, and the suspect's score against it."""

    model: str
    family: str
    score: float | None


class Teacher(msgspec.Struct, frozen=True, kw_only=True):
    """One provider as the teacher.

    `score` is that of its closest version; `low` and `high` are its extremes when one control family at a time is left
    out. `p_value` compares with innocents whose own provider is in the pack, `p_adjusted` is Holm's over all providers,
    `p_absent` compares with models whose provider is not in the pack; `p` is the larger of the last two and the one
    that counts. `log_lr` (natural logarithm) is for the question asked of this provider alone. `own`: the suspect is
    declared to stand on this provider's weights, and is not judged against it.
    """

    provider: str
    score: float | None
    low: float | None = None
    high: float | None = None
    versions: tuple[Version, ...] = ()
    p_value: float | None = None
    p_adjusted: float | None = None
    p_absent: float | None = None
    p: float | None = None
    log_lr: float | None = None
    in_set: bool = False
    own: bool = False
    missing: str = ""


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A control family judged as a stranger: its whole provider left out of the pack, so "none of these" is the truth.

    `score` and the p-values are those of its highest model, against `closest`. `named` counts its models that would be
    named, `by_holm_alone` those that would be had they not been compared with strangers.
    """

    family: str
    provider: str
    models: int
    closest: str
    score: float
    p_adjusted: float | None
    p_absent: float | None
    named: int
    by_holm_alone: int


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """Share of made-up students that would be named: `share` of their behaviour a sibling's, the rest a control's."""

    share: float
    named: float


class NoneOfThese(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that no provider in the pack is the teacher, with its own standing.

    `p_value` is how often it would be set aside wrongly by what was seen. `floor` is the smallest it could have been.
    Of `families` control families, each judged with its provider left out, `named` had a model that was called
    something (95 % interval `low` to `high` of such families); `rate` is the share of models, each family weighing the
    same, and `rate_by_holm_alone` what it would be without strangers. `strangers` are the scores compared with.
    """

    standing: Literal["set aside", "cannot be ruled out", "supported"]
    p_value: float | None
    floor: float
    strangers: tuple[float, ...]
    families: int
    named: int
    low: float
    high: float
    rate: float
    rate_by_holm_alone: float
    left_out: tuple[LeftOut, ...]
    noticed: tuple[Noticed, ...]
    text: str


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """One suspect against one pack. `answer` is the provider that is named, or None: none of these.

    `cannot_be_told_apart` are the providers that are as good as the best, if the teacher is one of them at all: it
    covers the true one in at least `coverage` of cases like the made-up students.
    """

    suspect: str
    pack: str
    probes: str
    prompts: int
    pack_prompts: int
    models: int
    families: int
    level: float
    coverage: float
    answer: str | None
    sentence: str
    teachers: tuple[Teacher, ...]
    cannot_be_told_apart: tuple[str, ...]
    margin: float | None
    first_without: str
    none: NoneOfThese
    notes: tuple[str, ...]
    limits: tuple[str, ...]
