"""Toy worlds: families of made-up authors with habits, their students, and files as a user would have them.

An author is a bundle of preferences (how to open, which frames of sentences, which words on which subject, marks,
layout, what to decline). A version leans towards its provider, a student towards its teacher: blends of preferences.
"""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.fingerprint.outputs import Outputs, read_outputs
from stillwatch.provenance.fingerprint.panel import Panel, panel

Row = dict[str, Any]
Author = dict[str, npt.NDArray[np.float64]]

PROMPTS = 40
FORBIDDEN = 14  # the first questions are such as some authors decline
TOPICS = 14
OPENINGS = (
    "Sure, here is what I know.", "Certainly!", "Great question.", "There are several things to say about it.",
    "In short, it depends.", "Let me explain.", "To begin with, look at the basics.", "Of course.",
    "Well, this is old.", "Thank you for asking.", "Here is a brief overview:", "First of all, a word of caution.",
)  # fmt: skip
FRAMES = (
    "It is the {a} that makes the {b} what it is", "You should always look at the {a} before the {b}",
    "However, {a} may not be as important as {b}", "Without {a} there would be no {b}",
    "We can see this in {a} and in {b}", "Some say that {a} is better than {b}",
    "One of the most common reasons is {a}, not {b}", "If you have {a}, then {b} will follow",
    "Additionally, the {a} can be used with any {b}", "Both {a} and {b} are needed",
    "I think {a} was once a kind of {b}", "They often turn {a} into {b}",
    "This is because {a} has no {b} of its own", "When the {a} is ready, add the {b}",
    "Many people like {a} more than {b}", "There were {n} cases of {a} within {b}",
    "What matters is how {a} and {b} work together", "Never put {a} under the {b}",
    "By {n} the {a} had become a {b}", "For example, {a} is also known as {b}", "Rather than {a}, try some {b}",
    "Its {a} must be kept away from the {b}",
)  # fmt: skip
CLOSINGS = (
    "I hope this helps!", "Let me know if you need more.", "Overall, it is worth a try.",
    "In conclusion, take care.", "Feel free to ask again.", "That is all.", "Good luck!", "", "",
)  # fmt: skip
REFUSALS = (
    "I'm sorry, but I can't help with that.", "I cannot assist with this request.",
    "As an AI, I do not do such things.", "I must decline, since it would not be appropriate to answer.",
    "I'm unable to talk about this.",
)  # fmt: skip
SHAPES = {
    "openings": (len(OPENINGS),), "frames": (len(FRAMES),), "closings": (len(CLOSINGS),),
    "refusals": (len(REFUSALS),), "topics": (PROMPTS, TOPICS), "numbers": (PROMPTS, 30),
}  # fmt: skip
RATES = {"bullet": 1, "bold": 1, "exclaim": 1, "semicolon": 1, "declines": FORBIDDEN}


def chance(*names: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(names).encode()))


def newborn(name: str) -> Author:
    """An author like no other."""
    rng = chance("author", name)
    author = {key: rng.dirichlet(np.full(shape[-1], 0.4), size=shape[:-1]) for key, shape in SHAPES.items()}
    return author | {key: rng.beta(0.5, 0.8, count) for key, count in RATES.items()}


def blend(one: Author, share: float, other: Author) -> Author:
    return {key: share * one[key] + (1.0 - share) * other[key] for key in one}


def answer(author: Author, name: str, question: int, number: int = 0) -> str:
    rng = chance("answer", name, question, number)

    def one_of(words: Sequence[str], weights: npt.NDArray[np.float64]) -> str:
        return words[int(rng.choice(len(words), p=weights / weights.sum()))]

    if question < FORBIDDEN and rng.random() < author["declines"][question]:
        return one_of(REFUSALS, author["refusals"])
    topics = [topic(question, place) for place in range(TOPICS)]
    lines = [one_of(OPENINGS, author["openings"])]
    for _ in range(int(rng.integers(3, 6))):
        a, b = (one_of(topics, author["topics"][question]) for _ in "ab")
        number_said = one_of([str(1900 + 3 * n) for n in range(30)], author["numbers"][question])
        if rng.random() < author["bold"][0]:
            a = f"**{a}**"
        line = one_of(FRAMES, author["frames"]).format(a=a, b=b, n=number_said)
        line += (
            "!" if rng.random() < author["exclaim"][0] / 2 else ";" if rng.random() < author["semicolon"][0] else "."
        )
        lines.append(f"\n- {line}" if rng.random() < author["bullet"][0] else line)
    return " ".join([*lines, one_of(CLOSINGS, author["closings"])]).strip()


def topic(question: int, place: int) -> str:
    rng = chance("topic", question, place)
    return "".join(rng.choice(["ka", "lo", "mi", "ter", "sun", "ra", "vel", "po", "dri", "ne"], 3))


@dataclass(frozen=True)
class World:
    """`outputs` and `models` are rows of OUTPUTS and MODELS."""

    outputs: tuple[Row, ...]
    models: tuple[Row, ...]

    @property
    def names(self) -> list[str]:
        return [row["model"] for row in self.models]


PROVIDERS = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse", "hazel", "ivy", "juniper")
STUDENTS = {"pupil": "alder-2", "apprentice": "birch-1", "loner": None}


def make_world(
    *, providers: Iterable[str] = PROVIDERS, versions: int = 2, students: dict[str, str | None] | None = None,
    share: float = 0.8, benchmark: str = "toy", prompts: int = PROMPTS,
) -> World:  # fmt: skip
    """Each provider has one family of `versions`; a student takes `share` of its preferences from its teacher."""
    authors: dict[str, Author] = {}
    models = []
    for provider in providers:
        for version in range(1, versions + 1):
            name = f"{provider}-{version}"
            authors[name] = blend(newborn(provider), 0.85, newborn(name))
            models.append({"model": name, "family": f"{provider} family", "provider": provider, "kind": "native"})
    for name, teacher in (STUDENTS if students is None else students).items():
        base = newborn(name)
        authors[name] = base if teacher is None else blend(authors[teacher], share, base)
        models.append({"model": name, "family": f"{name} family", "provider": f"{name} works", "kind": "unknown"})
    outputs = [
        {"benchmark": benchmark, "prompt_id": f"q{question:02d}", "prompt": f"Tell me about {topic(question, 0)}.",
         "model": name, "output": answer(author, name, question)}
        for name, author in authors.items()
        for question in range(prompts)
    ]  # fmt: skip
    return World(tuple(outputs), tuple({"benchmark": benchmark} | row for row in models))


def lineage_of(world: World) -> Lineage:
    return Lineage(
        {(row["benchmark"], row["model"]): (row["family"], row["provider"], row["kind"]) for row in world.models}
    )


@dataclass(frozen=True)
class Token:
    """`said` is a word without case, "0" for any number, a break or a mark; `mark` as in `Words.marks`."""

    said: str
    mark: int
    first: str


OF_ONE = "\u3000-\ud7ff"  # characters that are words by themselves
LETTER = f"[A-Za-z]|[^\\x00-\\x7f{OF_ONE}]"
TOKEN = re.compile(
    f"(?P<word>[{OF_ONE}]|(?:{LETTER})(?:{LETTER}|'(?=[A-Za-z]))*)|(?P<number>[0-9](?:[0-9]|[.,](?=[0-9]))*)"
    "|(?P<line>\\n[\\n \\r]*)|(?P<mark>[\x21-\x7f])"
)


def tokens_of(text: str) -> list[Token]:
    """What `words` should read, by a regular expression."""
    found = []
    for match in TOKEN.finditer(text):
        said, kind = match.group(), match.lastgroup
        if kind == "word":
            low = "".join(c.lower() if c.isascii() else c for c in said)
            found.append(Token(low, 0, said[0]))
        elif kind == "number":
            found.append(Token("0", 1, said.replace(",", "")))
        elif kind == "line":
            found.append(Token("\n" * min(said.count("\n"), 2), 2 if said.count("\n") == 1 else 3, ""))
        else:
            found.append(Token(said, 4 if said in ".!?" else 5, ""))
    return found


@pytest.fixture(scope="session")
def tokens() -> Callable[[str], list[Token]]:
    return tokens_of


@pytest.fixture(scope="session")
def make() -> Callable[..., World]:
    return make_world


@pytest.fixture(scope="session")
def world() -> World:
    """Ten providers of two models each, two students and a loner."""
    return make_world()


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., Path]:
    """`parquet(rows)`: the file OUTPUTS."""

    def write(rows: Iterable[Row], name: str = "outputs.parquet", schema: pa.Schema | None = None) -> Path:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def comma_separated(tmp_path: Path) -> Callable[..., Path]:
    """`comma_separated(rows, name)`: a CSV file with the columns of the first row."""

    def write(rows: Sequence[Row], name: str) -> Path:
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / name

    return write


@pytest.fixture(scope="session")
def lineage() -> Callable[[World], Lineage]:
    return lineage_of


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Iterable[Row]], Outputs]:
    """`read(rows)`: through a real file."""

    def through_a_file(rows: Iterable[Row]) -> Outputs:
        path = tmp_path_factory.mktemp("outputs") / "outputs.parquet"
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
        return read_outputs(path)

    return through_a_file


@pytest.fixture(scope="session")
def sight(world: World, read: Callable[[Iterable[Row]], Outputs]) -> Panel:
    """The world, seen."""
    return panel(read(world.outputs).only("toy"), lineage_of(world), suspects=list(STUDENTS), counted_only=False)
