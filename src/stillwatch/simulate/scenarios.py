"""What can happen in a world: campaigns by name, worlds without one, and presets of published sizes."""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.errors import BadSettings
from stillwatch.simulate.tactics import PLAIN, Tactics

__all__ = ["SCENARIOS", "Operation", "Scenario", "parse_scenario"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One campaign: who runs it, what it wants, how much.

    `accounts` is a fixed number; 0 means `share` of the people, at least `least`. `load` is requests an account
    a day; `total` is exchanges in the whole window instead, `traffic` a share of the innocent traffic instead.
    """

    name: str
    kinds: tuple[str, ...]
    mixture: str
    wrapping: str = "harvest"  # harvest, judge, maker or none
    share: float = 0.0
    least: int = 60
    accounts: int = 0
    load: float = 26.0
    total: int = 0
    traffic: float = 0.0
    aged: bool = False
    resale: bool = False
    lone: bool = False  # a few loud accounts, not a ring
    tactics: Tactics = PLAIN


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named world. A preset also fixes the innocent accounts (`multiple` of the ring) and the days."""

    name: str
    description: str
    operations: tuple[Operation, ...]
    days: int = 0
    multiple: int = 0

    @property
    def preset(self) -> bool:
        return self.multiple > 0


_REASONING = Operation("reasoning", ("reasoning",), "reasoning", share=0.01)
_GRADING = Operation("grading", ("grading",), "grading", "judge", share=0.01)


def _hydra(name: str, tactics: Tactics, load: float = 26.0) -> tuple[Operation, ...]:
    return (Operation(name, ("coding", "reasoning"), "hydra", share=1 / 40, load=load, tactics=tactics),)


# As hydra, and adapted to detection: one tactic each, then several together.
_ADAPTIVE = (
    Scenario(
        "paraphrase",
        "As hydra without any template: other words around every prompt.",
        _hydra("paraphrase", Tactics(paraphrased=True)),
    ),
    Scenario(
        "cover",
        "As hydra; half of the members' conversations are ordinary traffic on top.",
        _hydra("cover", Tactics(cover=0.5)),
    ),
    Scenario(
        "residential",
        "As hydra, each account at a home of its own in the country that it claims.",
        _hydra("residential", Tactics(residential=True)),
    ),
    Scenario(
        "slowed",
        "As hydra at four requests a day, unevenly and at people's hours.",
        _hydra("slowed", Tactics(uneven=True), load=4.0),
    ),
    Scenario(
        "cells",
        "As hydra in eight cells that share nothing but the prompt pool.",
        _hydra("cells", Tactics(cells=8)),
    ),
    Scenario(
        "poison",
        "As hydra; twice as many innocent users are made to send its templates.",
        _hydra("poison", Tactics(poison=2.0)),
    ),
    Scenario(
        "resample",
        "As hydra; each prompt is asked five times, a little differently.",
        _hydra("resample", Tactics(samples=5)),
    ),
    Scenario(
        "rotation",
        "As hydra; conversations are dealt to the members in strict turn, no prompt twice.",
        _hydra("rotation", Tactics(rotates=True, once=True)),
    ),
    Scenario(
        "shifts",
        "As hydra; the whole pool works and rests together, at irregular hours.",
        _hydra("shifts", Tactics(shifts=True)),
    ),
    Scenario(
        "replay",
        "As hydra; a tenth of the requests present reasoning blocks issued to other members.",
        _hydra("replay", Tactics(replay=0.1)),
    ),
    Scenario(
        "reseller",
        "A fifth of one reseller's traffic: twelve of its end users harvest, the others are honest customers.",
        (
            Operation(
                "reseller", ("coding", "reasoning"), "hydra", accounts=1, traffic=0.01, lone=True,
                tactics=Tactics(cover=0.8, guests=12),
            ),
        ),
    ),
    Scenario(
        "reseller-declared",
        "As reseller; the reseller has a contract.",
        (
            Operation(
                "reseller-declared", ("coding", "reasoning"), "hydra", accounts=1, traffic=0.01, lone=True,
                tactics=Tactics(cover=0.8, guests=12, declared=True),
            ),
        ),
    ),
    Scenario(
        "adaptive",
        "Paraphrased, at homes of its own, eight uneven requests a day, a third cover, no prompt twice.",
        _hydra(
            "adaptive", Tactics(paraphrased=True, residential=True, uneven=True, cover=1 / 3, once=True), load=8.0
        ),
    ),
)  # fmt: skip

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "hydra",
            "A ring of a fortieth of the accounts harvests software engineering and agentic reasoning.",
            (Operation("hydra", ("coding", "reasoning"), "hydra", share=1 / 40),),
        ),
        Scenario("reasoning", "A ring makes the model write out its reasoning.", (_REASONING,)),
        Scenario("grading", "A ring uses the model as a judge by rubric.", (_GRADING,)),
        Scenario(
            "logits",
            "Four accounts sweep the vocabulary by logit bias and read log-probabilities.",
            (Operation("logits", ("logits",), "logits", "none", accounts=4, traffic=0.08, lone=True),),
        ),
        Scenario(
            "slow",
            "As hydra at half the load, with aged accounts, spread over the whole window.",
            (Operation("slow", ("coding", "reasoning"), "hydra", share=1 / 40, load=13.0, aged=True),),
        ),
        Scenario(
            "loud",
            "Three accounts harvest generated instructions in huge volume.",
            (Operation("loud", ("generation",), "generation", "maker", accounts=3, traffic=0.12, lone=True),),
        ),
        *_ADAPTIVE,
        Scenario("none", "No campaign; every innocent look-alike.", ()),
        Scenario(
            "spring-2026",
            "25,000 accounts, 28.8 million exchanges in 44 days: software engineering and agentic reasoning.",
            (Operation("spring", ("coding", "reasoning"), "hydra", accounts=25_000, total=28_800_000),),
            days=44,
            multiple=40,
        ),
        Scenario(
            "winter-2026",
            "24,000 accounts in three campaigns of 150 thousand, 3.4 million and 13 million exchanges.",
            (
                Operation(
                    "winter-reasoning", ("reasoning", "grading"), "reasoning-grading", accounts=1_000, total=150_000
                ),
                Operation("winter-agentic", ("coding",), "agentic", accounts=6_000, total=3_400_000),
                Operation("winter-coding", ("coding",), "coding", accounts=17_000, total=13_000_000),
            ),
            days=60,
            multiple=30,
        ),
        Scenario(
            "resale-2026",
            "140 million requests in five months through resellers whose keys and accounts rotate.",
            (Operation("resale", ("coding", "reasoning"), "hydra", accounts=20_000, total=140_000_000, resale=True),),
            days=150,
            multiple=50,
        ),
    )
}


def parse_scenario(text: str) -> Scenario:
    """The scenario of a name, or of several names joined by "+" in one world.

    Raises BadSettings for an unknown name, and for a preset joined to anything.
    """
    names = [name.strip() for name in text.split("+")]
    for name in names:
        if name not in SCENARIOS:
            raise BadSettings(f"scenario {name!r} is not known; use one of {', '.join(SCENARIOS)}, joined by '+'.")
    if len(names) == 1:
        return SCENARIOS[names[0]]
    if any(SCENARIOS[name].preset for name in names):
        raise BadSettings("a preset is a world of its own; leave out the '+' or the preset.")
    operations = tuple(operation for name in names for operation in SCENARIOS[name].operations)
    return Scenario(text, "; ".join(SCENARIOS[name].description for name in names), operations)
