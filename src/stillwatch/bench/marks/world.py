"""One world in a folder: tokenizer, teacher, base, data sets and students, each made once and then read again.

A folder holds the work of one seed; what is there is not made again, so a run that was stopped goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stillwatch.bench.marks.plan import ACCOUNTS, ANSWERS, DataSet, Student, buyer
from stillwatch.provenance.watermark.keys.derivation import derive_all
from stillwatch.provenance.watermark.keys.master import Master
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.simulate.students.corpus import Translation, paragraphs
from stillwatch.simulate.students.model import WINDOW, small_model
from stillwatch.simulate.students.training import train, tuned, windows_of
from stillwatch.simulate.students.vocabulary import VOCABULARY, encoded, learn_tokenizer
from stillwatch.simulate.students.writing import PROMPT, Processor, write

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

__all__ = ["World", "texts_of"]

TEACHER_TOKENS, BASE_TOKENS = 1_800_000, 900_000
HELD_OUT = 2000
"""Windows of the teacher's text that nobody trains on: prompts that students are asked come from there."""

LEAST_VOCABULARY = 512
"""Of a small world, whose text is too short for `VOCABULARY` tokens to be met often."""

TEMPERATURE = 0.7
"""At which the teacher answers; students are sampled at 1, as an outsider would."""

Windows = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """`scale` makes all amounts smaller, for tests: 1 is the experiment."""

    folder: Path
    seed: int
    scale: float = 1.0

    @property
    def held_out(self) -> int:
        """The first so many windows of the teacher's text are in no training."""
        return max(16, round(HELD_OUT * self.scale))

    def make_text(self) -> None:
        """Tokenizer and both texts as windows; the teacher's are in a random order, the held out ones first."""
        if (self.folder / "text.npz").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        both: dict[Translation, list[str]] = {name: self._part(paragraphs(name)) for name in ("kjv", "web")}
        size = min(VOCABULARY, max(LEAST_VOCABULARY, round(VOCABULARY * self.scale)))
        tokenizer = learn_tokenizer([*both["kjv"], *both["web"]], size)
        tokenizer.save(str(self.folder / "tokenizer.json"))
        own, other = (windows_of(encoded(tokenizer, both[name])) for name in ("kjv", "web"))
        shuffled = own[np.random.default_rng([self.seed, 1]).permutation(len(own))]
        _keep(self.folder / "text.npz", lambda to: np.savez(to, teacher=shuffled, base=other))

    def make_model(self, name: str) -> None:
        """`teacher` or `base`, from nothing."""
        if self.model_folder(name).exists():
            return
        teaches = name == "teacher"
        windows = self._windows("teacher")[self.held_out :] if teaches else self._windows("base")
        tokens = (TEACHER_TOKENS if teaches else BASE_TOKENS) * self.scale
        model = small_model(self._vocabulary(), seed=self.seed * 10 + teaches)
        train(model, windows, epochs=tokens / windows.size, rate=5e-3, seed=self.seed * 10 + teaches)
        self._save(model, name)

    def make_data(self, data: DataSet, number: int = 0) -> None:
        """Answers of the teacher, marked as the data set says. `number` tells data sets of one kind apart."""
        path = self.data_path(data.name)
        if path.exists():
            return
        place = 2 + number + 100 * sum(map(ord, data.name))
        prompts = self._prompts(self._windows("teacher")[self.held_out :], max(16, int(ANSWERS * self.scale)), place)
        answers = write(
            self.model("teacher"), prompts, temperature=TEMPERATURE, seed=self.seed * 100_003 + place,
            processor=self._marks(data, len(prompts)),
        )  # fmt: skip
        _keep(path, lambda to: np.save(to, answers))

    def make_student(self, student: Student) -> None:
        """Train it and let it write, from prompts that nobody trained on."""
        if self.answers_path(student.name).exists():
            return
        marked, plain = (self.data(name) for name in (student.data, "plain"))
        many = round(len(marked) * student.share)
        taught = np.concatenate([marked[:many], plain[many:]]) if student.share else marked
        seed = self.seed * 1000 + sum(map(ord, student.name))
        if self.model_folder(student.name).exists():
            model = self.model(student.name)
        else:
            model = tuned(self.model("base"), taught, epochs=2, rate=2e-3, seed=seed)
            self._save(model, student.name)
        count = max(32, int(student.tokens * self.scale) // (WINDOW - PROMPT) + 1)
        asked = self._prompts(self._windows("teacher")[: self.held_out], count, 3)
        answers = write(model, asked, temperature=1.0, seed=seed)
        _keep(self.answers_path(student.name), lambda to: np.save(to, answers))

    def data(self, name: str) -> Windows:
        return np.asarray(np.load(self.data_path(name)))

    def answers(self, name: str) -> Texts:
        return texts_of(np.load(self.answers_path(name)))

    def unrelated(self, windows: int) -> Texts:
        """Text of people that no model was trained on."""
        return texts_of(self._windows("teacher")[: min(windows, self.held_out)])

    def model(self, name: str) -> LlamaForCausalLM:
        from transformers import LlamaForCausalLM

        return LlamaForCausalLM.from_pretrained(self.model_folder(name), local_files_only=True).eval()

    def keys(self, scheme_name: str) -> list[bytes]:
        """The accounts' keys for a scheme, as a provider would derive them."""
        names = [
            KeyName(provider="toy", scheme=scheme_name, epoch="1", account=f"account-{number:04}")
            for number in range(ACCOUNTS)
        ]
        return derive_all(Master(np.random.default_rng([self.seed, 11]).bytes(32)), names)

    def buyers(self, data: DataSet) -> list[int]:
        return [buyer(self.seed, place) for place in range(data.holders)]

    def model_folder(self, name: str) -> Path:
        return self.folder / "models" / name.replace(" ", "-").replace("%", "percent")

    def data_path(self, name: str) -> Path:
        return self.folder / "data" / f"{name.replace(' ', '-')}.npy"

    def answers_path(self, name: str) -> Path:
        return self.folder / "answers" / f"{name.replace(' ', '-').replace('%', 'percent')}.npy"

    def _part(self, lines: list[str]) -> list[str]:
        """The first of a text's paragraphs, of which one may be as long as all others together."""
        ends = np.cumsum([len(line) for line in lines])
        most = math.ceil(ends[-1] * min(1.0, self.scale))
        whole = int(np.searchsorted(ends, most))
        return [*lines[:whole], lines[whole][: most - int(ends[whole]) + len(lines[whole])]]

    def _vocabulary(self) -> int:
        from tokenizers import Tokenizer

        return int(Tokenizer.from_file(str(self.folder / "tokenizer.json")).get_vocab_size())

    def _windows(self, which: str) -> Windows:
        with np.load(self.folder / "text.npz") as text:
            return np.asarray(text[which])

    def _prompts(self, windows: Windows, count: int, place: int) -> Windows:
        generator = np.random.default_rng([self.seed, place])
        rows, starts = generator.integers(0, len(windows), count), generator.integers(0, WINDOW - PROMPT, count)
        return np.asarray(windows[rows[:, None], starts[:, None] + np.arange(PROMPT)])

    def _marks(self, data: DataSet, count: int) -> Processor | None:
        if not data.holders:
            return None
        from stillwatch.provenance.watermark.samplers.transformers import MarkLogitsProcessor

        keys, holders = self.keys(data.scheme_name), self.buyers(data)
        mine = [keys[holders[row % len(holders)]] for row in range(count)]
        return _Batches(lambda part: MarkLogitsProcessor(data.scheme, part, data.delta), mine)

    def _save(self, model: LlamaForCausalLM, name: str) -> None:
        folder = self.model_folder(name)
        part = folder.with_name(f"{folder.name}.part")
        model.save_pretrained(part)
        part.rename(folder)


class _Batches:
    """Gives each batch of prompts, as `write` forms them, its own processor with its own rows' keys."""

    def __init__(self, make: Callable[[list[bytes]], Processor], keys: list[bytes]) -> None:
        self._make, self._keys, self._at = make, keys, 0
        self._current: Processor | None = None

    def __call__(self, tokens: object, scores: object) -> object:
        rows, length = tokens.shape  # type: ignore[attr-defined]
        if self._current is None or length == PROMPT:
            self._current = self._make(self._keys[self._at : self._at + rows])
            self._at += rows
        return self._current(tokens, scores)


def texts_of(windows: Windows) -> Texts:
    """Windows as texts: a prompt, which is not scored, and an answer each."""
    count = len(windows)
    flat = np.ascontiguousarray(windows.astype(np.int32).ravel())
    return Texts(flat, np.arange(0, flat.size + 1, WINDOW, dtype=np.int64), np.full(count, PROMPT, np.int64))


def _keep(path: Path, save: Callable[[Path], None]) -> None:
    """Written whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"part-{path.name}")
    save(part)
    part.replace(path)
