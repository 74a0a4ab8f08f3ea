"""Made-up authors: each provider has its own openings, frames, closings and layout; a student leans to its teacher."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.provenance.fingerprint.lineage import Lineage
from stillwatch.provenance.fingerprint.outputs import Corpus, read_outputs
from stillwatch.provenance.whose.pack import Pack, build_pack
from stillwatch.provenance.whose.resemblance import Resemblance, resemblance
from stillwatch.provenance.whose.strangers import Strangers

PROMPTS = 40
PROVIDERS = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse")
OPENINGS = ("Sure, gladly.", "Certainly!", "Well, let us see.", "In short:", "Of course.", "Great question.", "Look:",
            "There is a lot to it.", "To begin with,", "Thank you for asking.")  # fmt: skip
FRAMES = (
    "It is the {a} that makes the {b} what it is", "Look at the {a} before the {b}", "Both {a} and {b} are needed",
    "Some say that {a} is better than {b}", "Without {a} there would be no {b}", "With {a} there is {b}",
    "However, {a} may not be as good as {b}", "They often turn {a} into {b}", "Never put {a} under the {b}",
    "What matters is how {a} and {b} work together", "I think {a} was once a kind of {b}", "Rather than {a}, try {b}",
    "We can see this in {a} and in {b}", "When the {a} is ready, add the {b}", "Many like {a} more than {b}",
)  # fmt: skip
CLOSINGS = ("I hope this helps!", "Overall, take care.", "That is all.", "Let me know.", "Good luck!", "")
SYLLABLES = ("ka", "lo", "mi", "ter", "sun", "ra", "vel", "po", "dri", "ne")
SHAPES = {"openings": (10,), "frames": (15,), "closings": (6,), "topics": (PROMPTS, 8), "layout": (3,)}

Author = dict[str, Any]
Row = dict[str, str]


def chance(*names: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(names).encode()))


def newborn(name: str) -> Author:
    rng = chance("author", name)
    return {key: rng.dirichlet(np.full(shape[-1], 0.35), size=shape[:-1]) for key, shape in SHAPES.items()}


def blend(one: Author, share: float, other: Author) -> Author:
    return {key: share * one[key] + (1.0 - share) * other[key] for key in one}


def topic(question: int, place: int) -> str:
    return "".join(chance("topic", question, place).choice(SYLLABLES, 3))


def answer(author: Author, name: str, question: int) -> str:
    rng = chance("answer", name, question)
    lines = [OPENINGS[rng.choice(10, p=author["openings"])]]
    for _ in range(5):
        a, b = (topic(question, int(rng.choice(8, p=author["topics"][question]))) for _ in "ab")
        line = FRAMES[rng.choice(15, p=author["frames"])].format(a=a, b=b)
        bullet, bold, _ = author["layout"]
        lines.append(f"\n- {line}." if rng.random() < bullet else f"**{line}**!" if rng.random() < bold else f"{line}.")
    return " ".join([*lines, CLOSINGS[rng.choice(6, p=author["closings"])]]).strip()


def answers_of(name: str, author: Author, benchmark: str = "toy") -> list[Row]:
    return [
        {"benchmark": benchmark, "prompt_id": f"q{q:02d}", "prompt": f"Tell me about {topic(q, 0)}.", "model": name,
         "output": answer(author, name, q)}
        for q in range(PROMPTS)
    ]  # fmt: skip


def version(provider: str, number: int) -> Author:
    return blend(newborn(provider), 0.85, newborn(f"{provider}-{number}"))


def student(teacher: str | None, name: str, share: float = 0.95) -> list[Row]:
    base = newborn(name)
    return answers_of(name, base if teacher is None else blend(version(teacher, 1), share, base))


class Files:
    """Writes what a user would have: OUTPUTS and MODELS."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def outputs(self, rows: list[Row], name: str = "outputs.parquet", note: dict[bytes, bytes] | None = None) -> Path:
        table = pa.Table.from_pylist(rows).replace_schema_metadata(note)
        pq.write_table(table, self.folder / name)
        return self.folder / name

    def corpus(self, rows: list[Row]) -> Corpus:
        return read_outputs(self.outputs(rows, "some.parquet")).only(None)

    def models(self, lineage: Lineage) -> Path:
        lines = ["model,family,provider,kind", *(",".join((m, *row)) for (_, m), row in lineage.rows.items())]
        path = self.folder / "models.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    """Seven providers of two models, and one student of alder."""
    made = [row for p in PROVIDERS for n in (1, 2) for row in answers_of(f"{p}-{n}", version(p, n))]
    return made + student("alder", "known-pupil")


@pytest.fixture(scope="session")
def lineage() -> Lineage:
    declared = {("", f"{p}-{n}"): (f"{p} family", p, "native") for p in PROVIDERS for n in (1, 2)}
    return Lineage(declared | {("", "known-pupil"): ("pupils", "school", "student")})


@pytest.fixture(scope="session")
def pack(rows: list[Row], lineage: Lineage, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return build_pack(Files(tmp_path_factory.mktemp("pack")).corpus(rows), lineage)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture(scope="session")
def pupil() -> Callable[..., list[Row]]:
    """`pupil(teacher, name, share)`: answers of a student, or of nobody's where the teacher is None."""
    return student


@pytest.fixture(scope="session")
def sight(pack: Pack) -> Resemblance:
    return resemblance(pack.corpus, pack.manifest.lineage().standing("", pack.corpus.models))


@pytest.fixture(scope="session")
def strangers(sight: Resemblance) -> Strangers:
    return Strangers(sight)
