"""The suspect's answers beside the pack's: the questions that both have, known by their words where there are any."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.errors import BadInput, StillwatchError
from stillwatch.provenance.fingerprint.coverage import COVERAGE
from stillwatch.provenance.fingerprint.outputs import Corpus
from stillwatch.provenance.whose.pack import Pack
from stillwatch.provenance.whose.resemblance import Places

__all__ = ["ENOUGH_PROMPTS", "FEWEST_PROMPTS", "Match", "matched", "write_questions"]

# With 25 questions the right provider still comes first mostly, with 200 nearly always; with fewer than 25 it was not
# measured (docs/whose.md). Below 100 the answer warns.
FEWEST_PROMPTS = 25
ENOUGH_PROMPTS = 100


@dataclass(frozen=True)
class Match:
    """`corpus` has the pack's models in its order and the suspect last, on the common questions; `whole` has the same
    models on all of the pack's. `reworded` counts questions of the same name and other words, which are not the same;
    `dropped` are models of the pack that answered too few of the common ones."""

    corpus: Corpus
    whole: Corpus
    pack_prompts: int
    reworded: int
    dropped: tuple[str, ...]


def matched(pack: Pack, own: Corpus, model: str) -> Match:
    """Raises BadInput where `own` has no answer of `model`, or fewer than FEWEST_PROMPTS to questions of the pack."""
    corpus, suspect = pack.corpus, own.model(model)
    rows = np.flatnonzero(own.model_of == suspect)
    place, reworded = _places(corpus, own, np.unique(own.prompt_of[rows]))
    to = place[own.prompt_of[rows]]
    # Two of its questions may be one of the pack: the first answer counts.
    _, once = np.unique(to, return_index=True)
    once = once[to[once] >= 0]
    if len(once) < FEWEST_PROMPTS:
        raise BadInput(
            f"{model} answered {len(once)} of the {len(corpus.prompts)} questions of the pack ({pack.manifest.name}), "
            f"and {FEWEST_PROMPTS} are needed{f'; {reworded} have the same name but other words' if reworded else ''}. "
            "Write the pack's questions with `--questions FILE`, and ask the model: `stillwatch provenance probe "
            "--probes FILE`."
        )
    common = np.zeros(len(corpus.prompts), bool)
    common[to[once]] = True
    answered = corpus.answered()[:, common].mean(axis=1) >= COVERAGE
    answers = (corpus.texts, own.texts.take(pa.array(rows[once])))
    joined = Corpus(
        corpus.benchmark, (*corpus.models, model), corpus.prompts, corpus.prompt_texts,
        np.append(corpus.model_of, np.full(len(once), len(corpus.models))).astype(np.int32),
        np.append(corpus.prompt_of, to[once]).astype(np.int32),
        pa.concat_arrays([texts.cast(pa.large_string()) for texts in answers]),
    )  # fmt: skip
    dropped = tuple(name for name, enough in zip(corpus.models, answered, strict=True) if not enough)
    whole = _without(joined, dropped)
    return Match(whole.restricted(common), whole, len(corpus.prompts), reworded, dropped)


def _places(pack: Corpus, own: Corpus, asked: npt.NDArray[np.int32]) -> tuple[Places, int]:
    """For each of own's questions its place among the pack's, or -1; how many had the name but not the words."""
    by_name = {name: place for place, name in enumerate(pack.prompts)}
    by_text = {_plain(text): place for place, text in reversed(list(enumerate(pack.prompt_texts))) if _plain(text)}
    found, reworded = np.full(len(own.prompts), -1, np.int64), 0
    for place in asked:
        name, text = own.prompts[place], _plain(own.prompt_texts[place])
        there = by_name.get(name, -1)
        if there >= 0 and text and _plain(pack.prompt_texts[there]) not in ("", text):
            reworded += text not in by_text
            there = -1
        found[place] = by_text.get(text, -1) if there < 0 and text else there
    return found, reworded


def _plain(text: str) -> str:
    return " ".join(text.split())


def _without(corpus: Corpus, dropped: tuple[str, ...]) -> Corpus:
    if not dropped:
        return corpus
    # By place, not by name: the suspect, which stands last, may be called like a model of the pack.
    keep = np.array([name not in dropped for name in corpus.models[:-1]] + [True], bool)
    rows = keep[corpus.model_of]
    number = np.cumsum(keep) - 1
    return Corpus(
        corpus.benchmark, tuple(np.array(corpus.models)[keep].tolist()), corpus.prompts, corpus.prompt_texts,
        number[corpus.model_of[rows]].astype(np.int32), corpus.prompt_of[rows], corpus.texts.filter(pa.array(rows)),
    )  # fmt: skip


def write_questions(path: Path, pack: Pack) -> int:
    """The pack's questions as JSON Lines that `probe --probes` reads; how many. Raises BadInput where it has no words
    of them, StillwatchError where the file cannot be written."""
    named = zip(pack.corpus.prompts, pack.corpus.prompt_texts, strict=True)
    asked = [{"prompt_id": name, "prompt": text} for name, text in named if text.strip()]
    if not asked:
        raise BadInput(f"pack {pack.manifest.name}: has no words of its questions. Ask its maker for them.")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".questions-") as folder:
            whole = Path(folder) / path.name
            with whole.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in asked)
            whole.replace(path)
    except OSError as error:
        raise StillwatchError(f"{path}: cannot be written ({error.strerror}). Choose another file.") from None
    return len(asked)
