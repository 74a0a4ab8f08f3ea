from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stillwatch.errors import BadInput, StillwatchError
from stillwatch.provenance.probing import read_set
from stillwatch.provenance.whose.matching import FEWEST_PROMPTS, matched, write_questions
from stillwatch.provenance.whose.pack import Pack

Pupil = Callable[..., list[dict[str, str]]]


def test_the_suspect_stands_last_beside_the_pack(pack: Pack, files: Any, pupil: Pupil) -> None:
    match = matched(pack, files.corpus(pupil("alder", "pupil")), "pupil")
    assert match.corpus.models == (*pack.corpus.models, "pupil")
    assert (len(match.corpus.prompts), match.pack_prompts, match.reworded, match.dropped) == (40, 40, 0, ())
    assert match.corpus.answered().all()


def test_only_common_questions_count_under_any_name(pack: Pack, files: Any, pupil: Pupil) -> None:
    rows = pupil("alder", "pupil")[:30]
    renamed = [{**row, "prompt_id": f"mine-{n}", "prompt": f"  {row['prompt']}\n"} for n, row in enumerate(rows)]
    plain = matched(pack, files.corpus(rows), "pupil").corpus
    other = matched(pack, files.corpus(renamed), "pupil").corpus
    assert len(plain.prompts) == 30
    assert plain.prompts == other.prompts
    last = len(plain.models) - 1

    def said(corpus: Any) -> dict[int, str]:
        own = np.flatnonzero(corpus.model_of == last)
        return {int(corpus.prompt_of[i]): corpus.texts[int(i)].as_py() for i in own}

    assert said(plain) == said(other)


def test_other_questions_under_the_same_names_are_refused(pack: Pack, files: Any, pupil: Pupil) -> None:
    rows = [{**row, "prompt": row["prompt"] + " In verse."} for row in pupil("alder", "pupil")]
    with pytest.raises(
        BadInput, match=r"answered 0 of the 40.*40 have the same name but other words.*--questions FILE"
    ):
        matched(pack, files.corpus(rows), "pupil")
    some = [*rows[:5], *pupil("alder", "pupil")[5:]]
    assert matched(pack, files.corpus(some), "pupil").reworded == 5


def test_too_few_common_questions_are_refused(pack: Pack, files: Any, pupil: Pupil) -> None:
    rows = pupil("alder", "pupil")
    assert len(matched(pack, files.corpus(rows[:FEWEST_PROMPTS]), "pupil").corpus.prompts) == FEWEST_PROMPTS
    with pytest.raises(BadInput, match=f"answered {FEWEST_PROMPTS - 1} of the 40"):
        matched(pack, files.corpus(rows[: FEWEST_PROMPTS - 1]), "pupil")
    with pytest.raises(BadInput, match="no answer by 'nobody'"):
        matched(pack, files.corpus(rows), "nobody")


def test_names_serve_where_neither_side_has_words(pack: Pack, files: Any, pupil: Pupil) -> None:
    rows = [{**row, "prompt": ""} for row in pupil("alder", "pupil")]
    assert len(matched(pack, files.corpus(rows), "pupil").corpus.prompts) == 40


def test_a_model_that_skipped_the_common_questions_is_dropped(pack: Pack, files: Any, pupil: Pupil) -> None:
    corpus = pack.corpus
    keep = (corpus.model_of != 3) | (corpus.prompt_of >= 4)
    thin = replace(
        corpus, model_of=corpus.model_of[keep], prompt_of=corpus.prompt_of[keep], texts=corpus.texts.filter(keep)
    )
    match = matched(replace(pack, corpus=thin), files.corpus(pupil("alder", "pupil")[:30]), "pupil")
    assert match.dropped == (corpus.models[3],)
    assert match.corpus.models == (*(m for m in corpus.models if m != corpus.models[3]), "pupil")
    assert match.corpus.answered().all()
    assert match.whole.models == match.corpus.models


def test_the_pack_keeps_what_the_suspect_was_not_asked(pack: Pack, files: Any, pupil: Pupil) -> None:
    match = matched(pack, files.corpus(pupil("alder", "pupil")[5:35]), "pupil")
    answered = match.whole.answered()
    assert match.whole.prompts == pack.corpus.prompts
    assert answered[:-1].all()
    assert np.flatnonzero(answered[-1]).tolist() == list(range(5, 35))
    again = match.whole.restricted(answered[-1])
    assert (again.prompts, again.texts.to_pylist()) == (match.corpus.prompts, match.corpus.texts.to_pylist())


def test_a_suspect_called_like_a_model_of_the_pack_is_not_that_model(pack: Pack, files: Any, pupil: Pupil) -> None:
    match = matched(pack, files.corpus(pupil("alder", "elm-1")), "elm-1")
    assert match.corpus.models.count("elm-1") == 2
    assert match.corpus.models[-1] == "elm-1"


def test_the_questions_can_be_asked_by_the_prober(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    assert write_questions(path, pack) == 40
    probes = read_set(str(path)).probes
    assert [(one.prompt_id, one.prompt) for one in probes] == list(
        zip(pack.corpus.prompts, pack.corpus.prompt_texts, strict=True)
    )
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0])["prompt_id"] == "q00"
    with pytest.raises(StillwatchError, match="cannot be written"):
        write_questions(tmp_path / "absent" / "q.jsonl", pack)
    mute = replace(pack, corpus=replace(pack.corpus, prompt_texts=("",) * 40))
    with pytest.raises(BadInput, match="no words"):
        write_questions(path, mute)
