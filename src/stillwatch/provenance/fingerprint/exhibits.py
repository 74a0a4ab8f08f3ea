"""Exhibits: the questions that tell most for and against, with all answers side by side, and the rare shared runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillwatch.inquiry import Exhibit, Passage, SharedRun
from stillwatch.provenance.fingerprint.agreement import beyond_controls
from stillwatch.provenance.fingerprint.panel import Panel
from stillwatch.provenance.fingerprint.runs import contains, marks, shared_runs, word_list
from stillwatch.provenance.fingerprint.signals import SIGNALS, Signal

__all__ = ["exhibits", "rare_runs", "shown_controls"]

MATCHES, MISMATCHES = 14, 6
LONGEST = 4000
MARKED = 4
# A run this long does not come about by chance in two answers; a shorter one may, and is not listed.
RUN = 8
# Where both decline, a sentence is telling that is no longer than this.
REFUSAL_RUN = 5
READ_FOR_RUNS = 200


def shown_controls(panel: Panel, suspect: int, teacher: int) -> list[int]:
    """Three controls of three providers, those closest to the suspect: the hardest comparison, not the easiest."""
    standing = panel.standing
    near, innocent = panel.closeness[suspect], standing.innocent(suspect, teacher)
    chosen: list[int] = []
    for control in np.argsort(-np.where(np.isfinite(near), near, -np.inf)):
        if not innocent[control] or standing.providers[control] in {standing.providers[one] for one in chosen}:
            continue
        chosen.append(int(control))
        if len(chosen) == 3:
            break
    return chosen


def exhibits(panel: Panel, signal: Signal, suspect: int, teacher: int, controls: Sequence[int]) -> tuple[Exhibit, ...]:
    """The most telling questions of a signal: matches first, then mismatches, each by how much it tells."""
    value = beyond_controls(panel, signal, suspect, teacher)
    order = np.argsort(-np.where(np.isfinite(value), value, -np.inf), kind="stable")
    order = order[np.isfinite(value[order])]
    for_it = [int(q) for q in order[:MATCHES] if value[q] > 0]
    against = [int(q) for q in order[::-1][:MISMATCHES] if value[q] < 0]
    spread = float(np.nanstd(value)) or 1.0
    return tuple(
        _exhibit(panel, question, float(value[question]) / spread, suspect, teacher, controls)
        for question in [*for_it, *against]
    )


def rare_runs(panel: Panel, suspect: int, teacher: int) -> tuple[SharedRun, ...]:
    """Runs of eight words or more that both wrote to the same question, and of five or more where both declined it; the
    rarest among innocent controls first."""
    standing = panel.standing
    innocent = np.flatnonzero(standing.innocent(suspect, teacher))
    signal = next(one for one in SIGNALS if one.name == "same_runs")
    value = beyond_controls(panel, signal, suspect, teacher)
    declined = _both_declined(panel, suspect, teacher)
    order = np.argsort(-np.where(np.isfinite(value), value, -np.inf), kind="stable")
    read = [int(question) for question in order[:READ_FOR_RUNS] if value[question] > 0]
    found = []
    for question in dict.fromkeys([*read, *declined[:READ_FOR_RUNS]]):
        texts = _texts(panel, question)
        ours, theirs = word_list(texts[suspect]), word_list(texts[teacher])
        others = {model: word_list(texts[model])[0] for model in map(int, innocent) if model in texts}
        refusal = question in declined
        for run in shared_runs(ours[0], theirs[0], REFUSAL_RUN if refusal else RUN):
            words = ours[0][run.start : run.end]
            having = [model for model, known in others.items() if contains(known, words)]
            begin, end = ours[1][run.start][0], ours[1][run.end - 1][1]
            found.append(
                SharedRun(
                    text=texts[suspect][begin:end],
                    prompt_id=panel.corpus.prompts[question],
                    controls_with=len(having),
                    controls=len(others),
                    families_with=len({str(standing.families[model]) for model in having}),
                    refusal=refusal,
                )
            )
    found.sort(key=lambda run: (run.controls_with, -len(run.text), run.prompt_id, run.text))
    return tuple(found)


def _both_declined(panel: Panel, suspect: int, teacher: int) -> list[int]:
    corpus = panel.corpus
    declined = [set(corpus.prompt_of[panel.reader.refused & (corpus.model_of == one)]) for one in (suspect, teacher)]
    return sorted(int(question) for question in declined[0] & declined[1])


def _exhibit(panel: Panel, question: int, value: float, suspect: int, teacher: int, controls: Sequence[int]) -> Exhibit:
    texts = _texts(panel, question)
    words = {model: word_list(texts.get(model, "")[:LONGEST]) for model in (suspect, teacher, *controls)}
    runs = shared_runs(words[suspect][0], words[teacher][0], MARKED)
    theirs = [(run.other, run.other + run.end - run.start) for run in runs]

    def passage(model: int, places: Sequence[tuple[int, int]]) -> Passage:
        return Passage(
            model=panel.corpus.models[model], text=texts.get(model, "")[:LONGEST], marks=marks(words[model][1], places)
        )

    def also(model: int) -> list[tuple[int, int]]:
        own = shared_runs(words[model][0], words[suspect][0], MARKED)
        inside = [(run.start, run.end) for run in runs]
        return [
            (run.start, run.end)
            for run in own
            if any(begin <= run.other and run.other + run.end - run.start <= end for begin, end in inside)
        ]

    return Exhibit(
        prompt_id=panel.corpus.prompts[question], prompt=panel.corpus.prompt_texts[question], value=value,
        suspect=passage(suspect, [(run.start, run.end) for run in runs]), teacher=passage(teacher, theirs),
        controls=tuple(passage(model, also(model)) for model in controls if model in texts),
    )  # fmt: skip


def _texts(panel: Panel, question: int) -> dict[int, str]:
    corpus = panel.corpus
    rows = np.flatnonzero(corpus.prompt_of == question)
    return {int(corpus.model_of[row]): corpus.texts[int(row)].as_py() for row in rows}
