"""Countries and their regions: local banks, mail hosts, clocks. All names and numbers are made up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["COUNTRIES", "MAIL_HOSTS", "REGIONS", "SHAPES", "SHAPE_WEIGHTS", "Country", "Geography", "settle"]

REGIONS = 500


@dataclass(frozen=True, slots=True)
class Country:
    """ISO code, hours east of UTC, share of the customers, language, telephone code."""

    code: str
    offset: int
    weight: float
    language: str
    phone: str


COUNTRIES = (
    Country("US", -6, 26.0, "en", "+1"),
    Country("IN", 5, 12.0, "en", "+91"),
    Country("GB", 0, 7.0, "en", "+44"),
    Country("DE", 1, 6.0, "de", "+49"),
    Country("JP", 9, 6.0, "ja", "+81"),
    Country("BR", -3, 6.0, "pt", "+55"),
    Country("FR", 1, 5.0, "fr", "+33"),
    Country("CA", -5, 4.0, "en", "+1"),
    Country("ES", 1, 3.5, "es", "+34"),
    Country("MX", -6, 3.0, "es", "+52"),
    Country("KR", 9, 3.0, "en", "+82"),
    Country("TW", 8, 3.0, "zh", "+886"),
    Country("SG", 8, 2.5, "zh", "+65"),
    Country("AU", 10, 2.5, "en", "+61"),
    Country("NL", 1, 2.0, "en", "+31"),
    Country("PL", 1, 2.0, "en", "+48"),
    Country("UA", 2, 2.0, "ru", "+380"),
    Country("KZ", 5, 1.5, "ru", "+7"),
    Country("PT", 0, 1.5, "pt", "+351"),
    Country("AR", -3, 1.5, "es", "+54"),
)

# Mail hosts open to all the world, the commonest first; each region has a local one besides.
MAIL_HOSTS = (
    "openpost.example", "brightmail.example", "letterbox.example", "skymail.example", "quickpost.example",
    "inkwell.example", "northmail.example", "pigeon.example", "blueletter.example", "hush.example",
    "maildrop.example", "sealedpost.example", "posty.example", "mailfern.example", "courier.example",
    "envelope.example", "owlpost.example", "parcelbox.example", "tinymail.example", "writeback.example",
)  # fmt: skip

SHAPES = (
    "a", "a.a", "a9", "a.a9", "aa9", "a_a", "a_a9", "a.a.a", "a-a", "9a", "a9a", "a9a9", "a.9", "a-a9", "a_9",
    "a.a_9", "a9.a", "9a9", "a.a-a", "a-9", "9.a", "a_a_a", "a9_a", "a.a.9",
)  # fmt: skip
SHAPE_WEIGHTS = 1.0 / np.arange(1, len(SHAPES) + 1) ** 1.1


@dataclass(frozen=True, slots=True)
class Geography:
    """500 regions of uneven size; a person's bank, mail host and prefix follow the region, as in life."""

    country: npt.NDArray[np.int64]  # of each region, an index into COUNTRIES
    weight: npt.NDArray[np.float64]  # of each region, adding up to 1
    national_bins: npt.NDArray[np.object_]  # (countries, 24) card prefixes
    local_bins: npt.NDArray[np.object_]  # (regions, 2)
    phones: npt.NDArray[np.object_]  # (countries, 8) country and operator digits

    def draw(self, rng: np.random.Generator, n: int) -> npt.NDArray[np.int64]:
        """Regions of n people."""
        return rng.choice(REGIONS, size=n, p=self.weight)


def settle(rng: np.random.Generator) -> Geography:
    """Divide the countries into regions of Zipf-like sizes and give them banks and telephone operators."""
    weights = np.array([country.weight for country in COUNTRIES])
    country = np.concatenate(
        [np.arange(len(COUNTRIES)), rng.choice(len(COUNTRIES), REGIONS - len(COUNTRIES), p=weights / weights.sum())]
    )
    size = 1.0 / rng.permuted(np.arange(1, REGIONS + 1)) ** 0.6
    for index, share in enumerate(weights / weights.sum()):
        size[country == index] *= share / size[country == index].sum()
    bins = rng.choice(np.arange(400_000, 560_000), size=len(COUNTRIES) * 24 + REGIONS * 2, replace=False)
    cards = bins.astype(str).astype(object)
    split = len(COUNTRIES) * 24
    phones = np.array(
        [
            [f"{land.phone} {digits}" for digits in rng.choice(np.arange(10, 99), 8, replace=False)]
            for land in COUNTRIES
        ],
        dtype=object,
    )
    return Geography(
        country=country.astype(np.int64),
        weight=size / size.sum(),
        national_bins=cards[:split].reshape(len(COUNTRIES), 24),
        local_bins=cards[split:].reshape(REGIONS, 2),
        phones=phones,
    )
