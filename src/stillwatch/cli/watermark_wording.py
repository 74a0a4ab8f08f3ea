"""The wording channel of `watermark embed` and `watermark detect`: marks without a model's probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stillwatch.cli.marking import show_case
from stillwatch.cli.showing import existing, print_json, say, say_left_out
from stillwatch.cli.writing import write_lines
from stillwatch.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.marks import CommitmentCheck
    from stillwatch.provenance.watermark.keys import KeyName
    from stillwatch.provenance.watermark.schemes import Scheme
    from stillwatch.provenance.watermark.text import Candidate

__all__ = ["Channel", "Reference", "Texts", "detect_worded", "is_wording", "word_texts"]

Channel = Annotated[
    Literal["tokens", "wording"],
    typer.Option("--channel", help="wording: choices among equal formulations, where no probabilities can be had."),
]
Texts = Annotated[
    list[Path] | None,
    typer.Option("--texts", help="Answers to mark in their wording (with --channel wording); may be repeated."),
]
Reference = Annotated[
    list[Path] | None,
    typer.Option("--reference", help="Wording only: unmarked answers, so that a model's answers can be tested."),
]


def is_wording(scheme: Scheme) -> bool:
    return scheme.name.startswith("wording:")


def word_texts(texts: list[Path] | None, name: KeyName, secret: bytes, out: Path, *, as_json: bool) -> None:
    """Mark answers in their wording and write them as JSON lines, each with what was done to it."""

    from stillwatch.console.progress import steps
    from stillwatch.provenance.canaries import mark_wording, read_answers, wording_named

    if not texts:
        raise BadSettings("--texts is missing: the answers whose wording is to be marked.")
    if not name.scheme.startswith("wording:"):
        raise BadSettings(f"key {name.id} is for {name.scheme}. Add one: watermark keys add --scheme wording:width=2.")
    scheme = wording_named(name.scheme)
    with steps(quiet=as_json) as progress:
        answers = read_answers(existing(texts), progress)
        marked = []
        for number, text in enumerate(answers.texts):
            if progress is not None:
                progress(f"answer {number + 1:,}", number / len(answers))
            marked.append(mark_wording(text, secret, scheme))
    mark = {"channel": "wording", "scheme": name.scheme, "key_id": name.id, "epoch": name.epoch}
    rows = [
        {
            "id": own,
            "prompt": prompt,
            "text": one.text,
            "mark": {**mark, "choices": one.sites, "changes": len(one.changes)},
        }
        for own, prompt, one in zip(answers.ids, answers.prompts, marked, strict=True)
    ]  # fmt: skip
    write_lines(out, rows)
    words, choices, changes = answers.words, sum(m.sites for m in marked), sum(len(m.changes) for m in marked)
    if as_json:
        counts = {"answers": len(answers), "words": words, "choices": choices, "changes": changes}
        print_json({"out": str(out), **counts, "left_out": dict(answers.left_out), "mark": mark})
        return
    say(f"{out}: {len(answers):,} answers, {words:,} words, {choices:,} choices, {changes:,} of them made otherwise.")
    say(f"Key {name.id}, {name.scheme}, epoch {name.epoch}. Code, quotations, tables and headings were not touched.")
    say_left_out(dict(answers.left_out))


def detect_worded(
    texts: list[Path],
    scheme: Scheme,
    keys: list[Candidate],
    *,
    reference: list[Path] | None,
    level: float,
    decoys: int,
    seed: int,
    commitment: CommitmentCheck | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """One case over all answers; with a reference, of the model that wrote them."""
    from stillwatch.console.progress import steps
    from stillwatch.provenance.canaries import detect_wording, read_answers, wording_named

    with steps(quiet=as_json) as progress:
        answers = read_answers(existing(texts), progress)
        compared = read_answers(existing(reference), progress) if reference else None
        case = detect_wording(
            answers, wording_named(scheme.name), keys, reference=compared, level=level, decoys=decoys, seed=seed,
            commitment=commitment, progress=progress,
        )  # fmt: skip
    show_case(case, out, as_json=as_json)
