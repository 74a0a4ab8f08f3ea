"""The words of the probes: frames with slots, from the TOML files in `phrases/`.

A frame is one text, or a list of texts that belong together (a safe and an unsafe look-alike). In a frame or a
phrase, `{slot}` is a phrase of that slot, `{slot+}` one that this frame has not used yet, `{=slot}` the one drawn last,
`{12..480}` a whole number, `{a|b|c}` one of these, and `a(n)` becomes the article that fits.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from stillwatch.provenance.probing.draws import Draws

__all__ = ["Frame", "Grammar", "load_grammar", "load_written"]

Frame = tuple[str, ...]

_SLOT = re.compile(r"\{(=?[a-z_]+\+?|-?\d+\.\.-?\d+|[^{}\n]*\|[^{}\n]*)\}")  # not the braces of code
_NUMBERS = re.compile(r"(-?\d+)\.\.(-?\d+)")
_BEGINNING = re.compile(r"(?<=[.?!] )(my|an old) ")  # phrases that may open a sentence; code keeps its small letters
_ARTICLE = re.compile(r"\b(an?|An?)\(n\) (\W*)(\w)")


class Grammar:
    """Frames of each stratum and phrases of each slot; a slot of a stratum hides the common slot of its name."""

    def __init__(self, files: Iterable[Mapping[str, Any]]):
        self._frames: dict[str, tuple[Frame, ...]] = {}
        self._slots: dict[str, dict[str, tuple[str, ...]]] = {}
        for content in files:
            stratum = content["stratum"]
            frames = (tuple(frame) if isinstance(frame, list) else (frame,) for frame in content.get("frames", ()))
            self._frames[stratum] = tuple(frames)
            self._slots[stratum] = {name: tuple(phrases) for name, phrases in content.get("slots", {}).items()}

    def frames(self, stratum: str) -> tuple[Frame, ...]:
        return self._frames[stratum]

    def render(self, stratum: str, frame: Frame, draws: Draws) -> tuple[str, ...]:
        """The frame's texts with every slot filled. They share what `{=slot}` and `{slot+}` recall."""
        used: dict[str, list[str]] = {}
        return tuple(_tidy(self._fill(stratum, text, draws, used)) for text in frame)

    def ways(self, stratum: str) -> int:
        """How many ways there are to fill the frames of a stratum; a pair counts once."""
        return sum(self.ways_of(stratum, " ".join(frame)) for frame in self._frames[stratum])

    def ways_of(self, stratum: str, text: str) -> int:
        """How many ways there are to fill one text."""
        return self._ways(stratum, text, {})

    def _fill(self, stratum: str, text: str, draws: Draws, used: dict[str, list[str]]) -> str:
        return _SLOT.sub(lambda found: self._one(stratum, found[1], draws, used), text)

    def _one(self, stratum: str, slot: str, draws: Draws, used: dict[str, list[str]]) -> str:
        if numbers := _NUMBERS.fullmatch(slot):
            return str(int(numbers[1]) + draws.below(int(numbers[2]) - int(numbers[1]) + 1))
        if "|" in slot:
            return draws.one(slot.split("|"))
        name = slot.strip("=+")
        earlier = used.setdefault(name, [])
        if slot.startswith("="):
            return earlier[-1]
        phrases = self._phrases(stratum, name)
        free = [phrase for phrase in phrases if phrase not in earlier] if slot.endswith("+") else phrases
        drawn = draws.one(free)
        # What `{slot+}` must not repeat is the phrase; what `{=slot}` recalls is the phrase with its own slots filled.
        filled = self._fill(stratum, drawn, draws, used)
        earlier += [drawn] if filled == drawn else [drawn, filled]
        return filled

    def _ways(self, stratum: str, text: str, drawn: dict[str, int]) -> int:
        product = 1
        for slot in _SLOT.findall(text):
            if numbers := _NUMBERS.fullmatch(slot):
                product *= int(numbers[2]) - int(numbers[1]) + 1
            elif "|" in slot:
                product *= slot.count("|") + 1
            elif not slot.startswith("="):
                name = slot.strip("+")
                ways = [self._ways(stratum, phrase, {}) for phrase in dict.fromkeys(self._phrases(stratum, name))]
                gone = drawn.get(name, 0) if slot.endswith("+") else 0
                product *= sum(ways) * (len(ways) - gone) // len(ways)
                drawn[name] = drawn.get(name, 0) + 1
        return product

    def _phrases(self, stratum: str, name: str) -> tuple[str, ...]:
        own = self._slots[stratum]
        return own[name] if name in own else self._slots["common"][name]


def _tidy(text: str) -> str:
    text = _ARTICLE.sub(lambda found: f"{_article(found[1], found[3])} {found[2]}{found[3]}", text.strip())
    text = _BEGINNING.sub(lambda found: found[0].capitalize(), text)
    return text[:1].upper() + text[1:]


def _article(written: str, letter: str) -> str:
    article = "an" if letter.lower() in "aeio8" else "a"  # u and h sound both ways; the phrases avoid them
    return article.capitalize() if written[0] == "A" else article


@cache
def load_grammar() -> Grammar:
    """The grammar that ships with this version."""
    return Grammar(content for content in _files() if content["stratum"] != "written")


def load_written() -> dict[str, tuple[str, ...]]:
    """The probes written by hand, of each stratum. All of them belong to the published half."""
    written = next(content for content in _files() if content["stratum"] == "written")
    return {stratum: tuple(prompts) for stratum, prompts in written["prompts"].items()}


@cache
def _files() -> tuple[dict[str, Any], ...]:
    folder = resources.files("stillwatch.provenance.probing") / "phrases"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in names)
