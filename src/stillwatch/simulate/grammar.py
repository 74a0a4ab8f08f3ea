"""The package's own words: frames with slots, phrase tables, topics; rendered by whole columns.

A text is a pure function of (frame, topic, person, key, fixed key). `{slot}` varies with the key and leans
towards the person's own phrases; `{=slot}` varies with the fixed key alone, which is what a template is;
`{slot*5}` is five slots in a row.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.simulate.keys import Keys, below, mix, unit

__all__ = ["LANGUAGES", "Grammar", "load_grammar"]

LANGUAGES = ("en", "zh", "es", "de", "fr", "pt", "ja", "ru")
_SLOT = re.compile(r"\{(=?)([a-z_]+)(?:\*(\d+))?\}")
_STEPS = (6, 10, 15, 22)  # slots
_OWN = 0.6  # how often a person falls back on phrases of their own

Index = npt.NDArray[np.int64]


class Grammar:
    """Compiled phrase tables and frames. Frames are grouped in sets by (language, set name)."""

    def __init__(self, files: Iterable[Mapping[str, Any]]):
        self._phrases: list[str] = []
        self._start: list[int] = []
        self._size: list[int] = []
        self._tables: dict[tuple[str, str], int] = {}
        self._kinds: dict[str, int] = {}
        self._of_topic: dict[tuple[int, int], int] = {}
        self._topic_ids: dict[tuple[str, str], list[int]] = {}
        self._literals: dict[str, int] = {}
        self._topics = 0
        self._empty = self._literal("")
        self._frames: list[list[tuple[int, bool]]] = []
        self._frame_language: list[int] = []
        self._sets: dict[tuple[str, str], tuple[int, int]] = {}
        contents = list(files)
        # People lean towards phrases by the numbers of the tables: files that came later are read last, or every
        # innocent account of an earlier version's worlds would say something else.
        for late in (False, True):
            batch = [content for content in contents if content.get("late", False) == late]
            for read in (self._read_tables, self._grow, self._read_frames):
                for content in batch:
                    read(content)
        self._freeze()

    def frames(self, languages: Index, sets: Index, names: tuple[str, ...], person: Keys, keys: Keys) -> Index:
        """A frame for each text: of its language (or English) and set, leaning towards the person's habits."""
        ranges = np.array([[self._set(language, name) for name in names] for language in LANGUAGES])
        start, size = ranges[languages, sets, 0], ranges[languages, sets, 1]
        own = below(mix(person, 71, sets), size) + below(mix(keys, 72), np.minimum(size, 3))
        free = below(mix(keys, 73), size)
        result: Index = start + np.where(unit(mix(keys, 74)) < _OWN, own % np.maximum(size, 1), free)
        return result

    def frame_range(self, language: str, name: str) -> tuple[int, int]:
        """First frame and number of frames of a set."""
        return self._set(language, name)

    def topics(self, frames: Index, technical: npt.NDArray[np.bool_], person: Keys, keys: Keys) -> Index:
        """A topic for each text in its frame's language: mostly one of the person's two, now and then any."""
        languages = self._language_of[frames]
        families = [[self._topic_ids[language, family] for family in ("life", "tech")] for language in LANGUAGES]
        start = np.array([[ids[0] for ids in pair] for pair in families])[languages, technical.astype(np.int64)]
        size = np.array([[len(ids) for ids in pair] for pair in families])[languages, technical.astype(np.int64)]
        choice = unit(mix(keys, 81))
        which = np.where(choice < 0.65, 1, np.where(choice < 0.88, 2, 0)).astype(np.int64)
        owner = np.where(which == 0, mix(keys, 82), mix(person, 83, which))
        result: Index = start + below(owner, size)
        return result

    def render(self, frames: Index, topics: Index, person: Keys, keys: Keys, fixed: Keys) -> pa.Array:
        """The texts, one for each row of the five columns."""
        # Short and long frames apart: a column of pieces is made for each place of the longest frame.
        length = self._length[frames]
        group = np.searchsorted(_STEPS, length)
        made: list[pa.Array] = []
        order: list[Index] = []
        for number in np.unique(group):
            rows = np.flatnonzero(group == number)
            order.append(rows)
            made.append(self._render(frames[rows], topics[rows], person[rows], keys[rows], fixed[rows]))
        if len(made) == 1:
            return made[0]
        if not made:
            return pa.array([], pa.string())
        place = np.empty(len(frames), dtype=np.int64)
        place[np.concatenate(order)] = np.arange(len(frames))
        return pa.concat_arrays(made).take(pa.array(place))

    def _render(self, frames: Index, topics: Index, person: Keys, keys: Keys, fixed: Keys) -> pa.Array:
        pieces = []
        for place in range(int(self._length[frames].max(initial=1))):
            slot = self._slots[frames, place]
            table = np.where(slot >= 0, slot, self._topic_table[topics, np.maximum(-slot - 1, 0)])
            size = self._sizes[table]
            if int(size.max(initial=1)) == 1:
                pieces.append(self._texts.take(pa.array(self._starts[table])))
                continue
            draw = mix(np.where(self._fixed[frames, place], fixed, keys), place + 1)
            width = np.maximum(size // 8, 2)
            own = below(mix(person, table), size) + below(mix(draw, 5), width)
            lean = (person != 0) & ~self._fixed[frames, place] & (unit(mix(draw, 6)) < _OWN)
            at = np.where(lean, own % size, below(draw, size))
            pieces.append(self._texts.take(pa.array(self._starts[table] + at)))
        return pc.binary_join_element_wise(*pieces, "")

    def write(self, language: str, name: str, keys: Keys) -> list[str]:
        """Short texts of one set, one a key: system prompts, templates, job titles."""
        start, size = self._set(language, name)
        frames = start + below(mix(keys, 75), size)
        nobody = np.zeros(len(keys), dtype=np.uint64)
        topics = self.topics(frames, np.zeros(len(keys), dtype=np.bool_), mix(keys, 76), keys)
        texts: list[str] = self.render(frames, topics, nobody, keys, keys).to_pylist()
        return texts

    def _set(self, language: str, name: str) -> tuple[int, int]:
        found = self._sets.get((language, name)) or self._sets.get(("en", name))
        if found is None:
            raise KeyError(f"no frames are called {name!r}")
        return found

    def _add(self, phrases: list[str]) -> int:
        self._start.append(len(self._phrases))
        self._size.append(len(phrases))
        self._phrases += phrases
        return len(self._start) - 1

    def _literal(self, text: str) -> int:
        if text not in self._literals:
            self._literals[text] = self._add([text])
        return self._literals[text]

    def _read_tables(self, content: Mapping[str, Any]) -> None:
        language = content["language"]
        for name, text in content.get("tables", {}).items():
            self._tables[language, name] = self._add(_split(text))
        for topic in content.get("topics", []):
            self._topic_ids.setdefault((language, topic["family"]), []).append(self._topics)
            for name, text in topic.items():
                if name not in ("name", "family"):
                    kind = self._kinds.setdefault(name, len(self._kinds))
                    self._of_topic[self._topics, kind] = self._add(_split(text))
            self._topics += 1

    def _grow(self, content: Mapping[str, Any]) -> None:
        """Longer phrases out of short ones, made once at load: sentences, identifiers, arithmetic."""
        language = content["language"]
        for grown in content.get("grown", []):
            name, count = grown["name"], grown["count"]
            used = {slot for frame in grown["frames"] for _, slot, _ in _SLOT.findall(frame)}
            topics = [topic for (code, _), ids in self._topic_ids.items() for topic in ids if code == language]
            if not used & set(self._kinds):
                self._tables[language, name] = self._add(self._expand(language, name, count, grown["frames"], None))
                continue
            kind = self._kinds.setdefault(name, len(self._kinds))
            for topic in topics:
                phrases = self._expand(language, name, count, grown["frames"], topic)
                self._of_topic[topic, kind] = self._add(phrases)

    def _expand(self, language: str, name: str, count: int, frames: list[str], topic: int | None) -> list[str]:
        chance = random.Random(f"{language} {name} {topic}")

        def fill(match: re.Match[str]) -> str:
            slot = match.group(2)
            kind = self._kinds.get(slot)
            table = self._of_topic.get((topic, kind)) if topic is not None and kind is not None else None
            if table is None:
                table = self._lookup(language, slot)
            return self._phrases[self._start[table] + chance.randrange(self._size[table])]

        return [_SLOT.sub(fill, chance.choice(frames)) for _ in range(count)]

    def _lookup(self, language: str, slot: str) -> int:
        for code in (language, "en"):
            if (code, slot) in self._tables:
                return self._tables[code, slot]
        raise KeyError(f"no phrases are called {slot!r} in {language}")

    def _read_frames(self, content: Mapping[str, Any]) -> None:
        language = content["language"]
        for name, frames in content.get("frames", {}).items():
            self._sets[language, name] = (len(self._frames), len(frames))
            for frame in frames:
                self._frames.append(self._compile(language, frame))
                self._frame_language.append(LANGUAGES.index(language))

    def _compile(self, language: str, frame: str) -> list[tuple[int, bool]]:
        slots: list[tuple[int, bool]] = []
        place = 0
        for match in _SLOT.finditer(frame):
            if match.start() > place:
                slots.append((self._literal(frame[place : match.start()]), False))
            name = match.group(2)
            topical = name in self._kinds and (language, name) not in self._tables
            table = -self._kinds[name] - 1 if topical else self._lookup(language, name)
            slots += [(table, bool(match.group(1)))] * int(match.group(3) or 1)
            place = match.end()
        if place < len(frame):
            slots.append((self._literal(frame[place:]), False))
        return slots

    def _freeze(self) -> None:
        longest = max(len(frame) for frame in self._frames)
        self._length = np.array([len(frame) for frame in self._frames])
        self._slots = np.full((len(self._frames), longest), self._empty, dtype=np.int64)
        self._fixed = np.zeros((len(self._frames), longest), dtype=np.bool_)
        for row, frame in enumerate(self._frames):
            for place, (table, fixed) in enumerate(frame):
                self._slots[row, place], self._fixed[row, place] = table, fixed
        self._topic_table = np.full((self._topics, len(self._kinds)), self._empty, dtype=np.int64)
        for (topic, kind), table in self._of_topic.items():
            self._topic_table[topic, kind] = table
        self._language_of = np.array(self._frame_language)
        self._starts, self._sizes = np.array(self._start), np.array(self._size)
        self._texts = pa.array(self._phrases)


def _split(text: str) -> list[str]:
    return [phrase.strip().replace("\\n", "\n") for phrase in text.split("|") if phrase.strip()]


@cache
def load_grammar() -> Grammar:
    """The grammar in the folder `phrases` of this package."""
    folder = resources.files("stillwatch.simulate") / "phrases"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return Grammar([tomllib.loads(entry.read_text(encoding="utf-8")) for entry in files])
