"""A world in the making: what every cohort draws from, and the ordinary person that all others start as."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.simulate.addresses import Network
from stillwatch.simulate.clocks import Clocks
from stillwatch.simulate.grammar import LANGUAGES, Grammar
from stillwatch.simulate.keys import below, mix
from stillwatch.simulate.places import COUNTRIES, MAIL_HOSTS, SHAPE_WEIGHTS, SHAPES, Geography
from stillwatch.simulate.roster import IDENTITY, Cohort, Roster, blank
from stillwatch.simulate.stacks import Parameters, Stacks
from stillwatch.simulate.voices import mixture

__all__ = ["DAY_US", "HOUR_US", "MODELS", "OLD", "SMALL", "Draft", "Index"]

DAY_US = 86_400_000_000
HOUR_US = DAY_US // 24
MODELS = ("aster-4", "aster-4-mini", "aster-5")  # the last is released inside the window
OLD, SMALL, NEW = range(3)
CHANNELS = ("api", "app", "batch", "cloud:alder", "cloud:birch")
_OFFSETS = np.array([country.offset for country in COUNTRIES])
_LANGUAGE = np.array([LANGUAGES.index(country.language) for country in COUNTRIES])
_CODES = np.array([country.code for country in COUNTRIES], dtype=object)

Index = npt.NDArray[np.int64]


@dataclass(slots=True)
class Draft:
    """Everything a cohort needs. `people` is the number of innocent accounts, `mean` their requests a day."""

    rng: np.random.Generator
    geography: Geography
    network: Network
    stacks: Stacks
    parameters: Parameters
    clocks: Clocks
    grammar: Grammar
    start: datetime
    days: int
    people: int
    mean: float
    release: int  # microseconds
    onset: int = 0  # days of honest traffic before any campaign's first request
    cohorts: list[Cohort] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    campaigns: list[str] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=lambda: list(CHANNELS))
    systems: list[str] = field(default_factory=list)
    wrappers: list[tuple[str | None, str, str]] = field(default_factory=list)
    toolsets: list[tuple[str, ...]] = field(default_factory=list)
    contracts: list[tuple[int, str, str]] = field(default_factory=list)
    payers: int = 0

    @property
    def first(self) -> int:
        """First microsecond of the window."""
        return int(self.start.timestamp()) * 1_000_000

    @property
    def last(self) -> int:
        """First microsecond after the window."""
        return self.first + self.days * DAY_US

    def share(self, share: float, least: int) -> int:
        """How many accounts that share of the people is, at least `least`."""
        return max(least, round(self.people * share))

    def cap(self, rate: float, accounts: int, share: float) -> float:
        """`rate`, or less, so that `accounts` of them send at most `share` of the innocent traffic."""
        return min(rate, share * self.people * self.mean / max(accounts, 1))

    def role(self, name: str) -> int:
        if name not in self.roles:
            self.roles.append(name)
        return self.roles.index(name)

    def channel(self, name: str) -> int:
        if name not in self.channels:
            self.channels.append(name)
        return self.channels.index(name)

    def organisation(self) -> int:
        """A new organisation, by the number under which exchanges and contracts name it."""
        self.organisations.append(f"org_{self.rng.integers(2**48):012x}")
        return len(self.organisations) - 1

    def payer(self) -> int:
        """A payment instrument that several accounts can share."""
        self.payers += 1
        return self.payers - 1

    def keys(self, n: int) -> npt.NDArray[np.uint64]:
        """n random keys, none of them 0."""
        return self.rng.integers(1, 2**63, size=n, dtype=np.uint64)

    def country(self, regions: Index) -> Index:
        return self.geography.country[regions]

    def created(self, regions: Index) -> Index:
        """Sign-up times: growing over two years, by day as people live; some fall into the window."""
        n = len(regions)
        age = np.minimum(self.rng.exponential(240.0, n), 900.0)
        inside = self.rng.random(n) < min(0.06, 0.004 * self.days)
        day = np.where(inside, -self.rng.random(n) * self.days, age).astype(np.int64)
        kind = np.zeros(n, dtype=np.int64)
        time = self.clocks.draw(self.rng, self.clocks.of(self.country(regions), kind), 0)
        created: Index = self.first - day * DAY_US + time - np.where(inside, 0, DAY_US)
        return created

    def crowd(self, n: int, role: str, *, regions: Index | None = None, created: Index | None = None) -> Cohort:
        """n ordinary people: the bank, mail host, network, language and clock of their region; own habits."""
        rng, geography = self.rng, self.geography
        regions = geography.draw(rng, n) if regions is None else regions
        country = self.country(regions)
        rows = blank(n)
        rows["role"] = self.role(role)
        created = self.created(regions) if created is None else created
        rows["active_from"], rows["active_to"] = created, np.iinfo(np.int64).max
        rows["rate"] = np.exp(rng.normal(0.0, 1.5, n) - 1.5**2 / 2)
        developer = rng.random(n) < 0.35
        rows["clock"] = self.clocks.of(country, rng.choice(4, size=n, p=[0.6, 0.25, 0.08, 0.07]))
        rows["network"] = self.network.homes(regions)
        rows["away"] = self.network.mobile[country]
        rows["away_share"] = rng.choice([0.0, 0.1, 0.5], size=n, p=[0.4, 0.4, 0.2])
        rows["stack"] = np.where(developer, self.stacks.draw(n, library=True), self.stacks.draw(n, library=False))
        rows["parameters"] = np.where(developer, self.parameters.draw(n), self.parameters.app)
        rows["channel"] = np.where(developer, rng.choice([0, 3, 4], size=n, p=[0.86, 0.08, 0.06]), 1)
        rows["keys"] = np.where(developer, rng.integers(1, 4, n), 1)
        rows["turns"] = np.where(developer, 1.5, 2.8)
        rows["language"] = np.where(rng.random(n) < 0.75, _LANGUAGE[country], 0)
        rows["mixture"] = np.where(developer, mixture("developer"), mixture("household"))
        rows["person"], rows["template"] = self.keys(n), self.keys(n)
        rows["style"] = rng.random(n) < 0.25
        rows["model"] = np.where(rng.random(n) < 0.3, SMALL, OLD)
        self.adopt(rows, share=0.4, delay=5.0)
        rows["output"] = np.exp(rng.normal(5.4, 0.4, n))
        rows["thinks"] = np.where(rng.random(n) < 0.3, 0.5, 0.0)
        own_system = developer & (rng.random(n) < 0.3)
        if own_system.any():
            rows["system"][own_system] = self.write_systems("app_system", int(own_system.sum()))
        paid = rng.random(n) < np.where(developer, 0.8, 0.35)
        shapes = np.array(SHAPES, dtype=object)
        identity = {
            "plan": np.where(paid, "paid", "free").astype(object),
            "programme": np.full(n, None, dtype=object),
            "email_domain": self._hosts(regions),
            "email_shape": rng.choice(shapes, size=n, p=SHAPE_WEIGHTS / SHAPE_WEIGHTS.sum()),
            "payment_bin": _some(paid, self.cards(regions)),
            "phone_prefix": _some(rng.random(n) < 0.7, geography.phones[country, rng.integers(8, size=n)]),
            "billing_country": _CODES[country],
            "referral": _some(rng.random(n) < 0.08, rng.choice(_REFERRALS, size=n)),
        }
        return Cohort(
            behaviour=rows,
            identity=identity,
            region=regions,
            created=created,
            banned=np.zeros(n, dtype=np.int64),
            payer=np.where(paid, -1, -2),
            signup_home=rng.random(n) < 0.85,
            verified=rng.random(n) < 0.3,
        )

    def adopt(self, rows: npt.NDArray[Any], *, share: float, delay: float) -> None:
        """Give `share` of the rows the new model, on average `delay` days after its release."""
        n = len(rows)
        takes = self.rng.random(n) < share
        wait = (self.rng.exponential(delay, n) * DAY_US).astype(np.int64)
        rows["adopts"] = np.where(takes, self.release + wait, np.iinfo(np.int64).max)
        rows["next_model"], rows["adopt_share"] = NEW, np.where(self.rng.random(n) < 0.5, 1.0, 0.5)

    def write_systems(self, frames: str, n: int) -> Index:
        """n new system prompts of one frame set; their numbers."""
        start = len(self.systems)
        self.systems += self.grammar.write("en", frames, self.keys(n))
        return np.arange(start, start + n)

    def add(self, cohort: Cohort) -> None:
        self.cohorts.append(cohort)

    def finish(self) -> Roster:
        """All cohorts as one roster."""
        cohorts = self.cohorts
        return Roster(
            behaviour=np.concatenate([cohort.behaviour for cohort in cohorts]),
            identity={name: np.concatenate([cohort.identity[name] for cohort in cohorts]) for name in IDENTITY},
            created=np.concatenate([cohort.created for cohort in cohorts]),
            banned=np.concatenate([cohort.banned for cohort in cohorts]),
            payer=np.concatenate([cohort.payer for cohort in cohorts]),
            signup_home=np.concatenate([cohort.signup_home for cohort in cohorts]),
            verified=np.concatenate([cohort.verified for cohort in cohorts]),
            roles=self.roles,
            campaigns=self.campaigns,
            organisations=self.organisations,
            channels=self.channels,
            systems=self.systems,
            wrappers=self.wrappers,
            toolsets=self.toolsets,
            contracts=self.contracts,
        )

    def _hosts(self, regions: Index) -> npt.NDArray[np.object_]:
        n = len(regions)
        weight = 1.0 / np.arange(1, len(MAIL_HOSTS) + 1) ** 1.2
        world = self.rng.choice(np.array(MAIL_HOSTS, dtype=object), size=n, p=weight / weight.sum())
        local = np.array([f"post{region}.example" for region in range(len(self.geography.weight))], dtype=object)
        result: npt.NDArray[np.object_] = np.where(self.rng.random(n) < 0.25, local[regions], world)
        return result

    def cards(self, regions: Index) -> npt.NDArray[np.object_]:
        """Card prefixes or kinds of wallet: national banks, the region's own two, wallets."""
        n = len(regions)
        geography = self.geography
        bank = np.minimum(self.rng.zipf(1.5, n) - 1, 23)
        national = geography.national_bins[self.country(regions), bank]
        local = geography.local_bins[regions, below(mix(self.keys(n)), 2)]
        choice = self.rng.random(n)
        wallet = np.array(["wallet:fern", "wallet:moss", "transfer"], dtype=object)[self.rng.integers(3, size=n)]
        result: npt.NDArray[np.object_] = np.where(choice < 0.45, national, np.where(choice < 0.8, local, wallet))
        return result


def _some(given: npt.NDArray[np.bool_], values: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """The values where given, None elsewhere."""
    result = values.astype(object)
    result[~given] = None
    return result


_REFERRALS = np.array([f"friend-{code:03d}" for code in range(40)] + ["newsletter", "search", "podcast"], dtype=object)
