"""Canaries out of a key: names and values that were invented, harmless, and that nobody else has reason to write.

Every class is fiction or a placeholder: people, firms and places that do not exist, addresses under example.com (set
aside for such use by RFC 2606), order numbers, file names, and turns of phrase. None says anything about health, law,
money or real persons. A canary is a function of the key and its number alone, so it can be made again and checked.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

__all__ = ["KINDS", "Canary", "Kind", "invent"]

Kind = Literal["person", "firm", "place", "order", "file", "phrase"]
KINDS: tuple[Kind, ...] = ("person", "firm", "place", "order", "file", "phrase")

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


@cache
def _parts() -> dict[str, tuple[str, ...]]:
    """The parts that canaries are put together from, by what they are."""
    text = files(__package__).joinpath("invented_words.tsv").read_text(encoding="utf-8")
    return {name: tuple(words.split("; ")) for name, _, words in (line.partition("\t") for line in text.splitlines())}


class Canary(NamedTuple):
    """`text` is what to look for, `core` the invented part that is looked for by itself, with small errors ("" where
    the text has none), `use` a sentence that shows how it may be worked into an example."""

    kind: Kind
    number: int
    text: str
    core: str
    use: str


class _Draw:
    """Numbers out of a key, by HMAC in counter mode: as many as are asked for."""

    def __init__(self, key: bytes, kind: Kind, number: int) -> None:
        self._key, self._label, self._at = key, f"stillwatch canary\x00{kind}\x00{number}\x00".encode(), 0

    def below(self, bound: int) -> int:
        made = hmac.digest(self._key, self._label + self._at.to_bytes(4), hashlib.sha256)
        self._at += 1
        return int.from_bytes(made[:16]) % bound

    def of(self, parts: str) -> str:
        words = _parts()[parts]
        return words[self.below(len(words))]

    def name(self) -> str:
        made = "".join(self.of("onset") + self.of("vowel") for _ in range(2)) + self.of("onset") + self.of("vowel")
        return (made + self.of("coda")).capitalize()


def invent(key: bytes, number: int, kind: Kind | None = None) -> Canary:
    """Canary `number` of a key of 32 bytes; kinds take turns unless one is named."""
    chosen = kind or KINDS[number % len(KINDS)]
    draw = _Draw(key, chosen, number)
    core = ""
    if chosen == "person":
        core = draw.name()
        text = f"{draw.of('first-name')} {core}"
        use = f"For example, suppose that a customer named {text} asks for a copy."
    elif chosen == "firm":
        core = draw.name()
        text = f"{core} {draw.of('trade')}"
        use = f"Take a small firm, {text}, that wants to sort its mail."
    elif chosen == "place":
        core = draw.name()
        text = f"{2 + draw.below(97)} {core} {draw.of('way')}"
        use = f"Sample address: {text}."
    elif chosen == "order":
        letters = "".join(_LETTERS[draw.below(len(_LETTERS))] for _ in range(3))
        text = f"{letters}-{draw.below(10**6):06d}"
        use = f"A placeholder order number such as {text} will do."
    elif chosen == "file":
        core = draw.name().lower()
        text = f"{draw.of('file')}_{core}.csv"
        use = f"Save the example as {text}, or under any other name."
    else:
        text = f"as {draw.of('like')} as a {draw.of('treated')} {draw.of('thing')} {draw.of('when')}"
        use = f"The finished page should look {text}."
    return Canary(chosen, number, text, core, use)
