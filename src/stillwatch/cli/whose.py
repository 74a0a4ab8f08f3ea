"""Commands of an open question: `provenance pack` builds a reference pack, `provenance whose` asks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.app import AsJson, Seed, provenance
from stillwatch.cli.showing import existing, plain, print_json, report_path, say, say_left_out
from stillwatch.cli.writing import check_file, check_folder, write_into
from stillwatch.config import load_settings
from stillwatch.errors import BadInput, BadSettings

if TYPE_CHECKING:
    from stillwatch.provenance.fingerprint.outputs import Corpus
    from stillwatch.provenance.whose import Manifest

__all__ = ["pack", "whose"]

Benchmark = Annotated[str | None, typer.Option(help="Which benchmark, where the answers have several.")]


@provenance.command()
def pack(
    outputs: Annotated[Path, typer.Argument(help="Answers of models whose making is known (Parquet).")],
    lineage: Annotated[Path, typer.Option(help="MODELS: CSV of model, family, provider, kind (native or human).")],
    out: Annotated[Path, typer.Option("--out", help="File to write: the pack.")],
    benchmark: Benchmark = None,
    as_json: AsJson = False,
) -> None:
    """Build a reference pack, once, from the answers of models that you have."""
    from stillwatch.provenance.fingerprint.lineage import read_lineage
    from stillwatch.provenance.fingerprint.outputs import read_outputs
    from stillwatch.provenance.whose import build_pack, write_pack
    from stillwatch.provenance.whose.pack import set_hash

    check_file(out, "the pack")
    existing([outputs, lineage])
    read = read_outputs(outputs)
    made = build_pack(read.only(benchmark), read_lineage(lineage), set_sha256=set_hash(outputs))
    write_pack(out, made)
    if as_json:
        print_json({"out": str(out), "rows_left_out": read.left_out, **plain(made.manifest)})
        return
    _show_pack(out, made.manifest)
    say_left_out(read.left_out)


@provenance.command()
def whose(
    outputs: Annotated[
        Path | None, typer.Argument(help="Answers of the model in question (Parquet).", metavar="MODEL_OUTPUTS")
    ] = None,
    pack: Annotated[Path, typer.Option("--pack", help="Reference pack, as `provenance pack` writes it.")] = Path(
        "pack"
    ),
    model: Annotated[str | None, typer.Option(help="Which model, where the answers are of several.")] = None,
    family: Annotated[
        str | None, typer.Option(help="Family in the pack that the model is known to stand on, such as its base's.")
    ] = None,
    benchmark: Benchmark = None,
    questions: Annotated[
        Path | None, typer.Option("--questions", help="Write the pack's questions there, for `probe --probes`; leave.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for whose.json and report.html.")] = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Whose answers was that model trained on? Ranked teachers, what cannot be told apart, and "none of these"."""
    from stillwatch.console.progress import steps
    from stillwatch.provenance.fingerprint.outputs import read_outputs
    from stillwatch.provenance.whose import read_pack, write_questions
    from stillwatch.provenance.whose import whose as ask

    reference = read_pack(pack)
    if questions is not None:
        written = write_questions(questions, reference)
        if as_json:
            print_json({"questions": written, "out": str(questions)})
        else:
            say(f"{questions}: {written:,} questions. Ask them: stillwatch provenance probe --probes {questions}")
        return
    if outputs is None:
        raise BadSettings("MODEL_OUTPUTS is missing: the answers of the model in question. --questions needs none.")
    existing([outputs])
    check_folder(out)
    settings = load_settings(seed=seed)
    read = read_outputs(outputs)
    own = read.only(benchmark)
    with steps(quiet=as_json) as progress:
        found = ask(
            reference, own, model or _only_model(outputs, own), family=family, seed=settings.seed, progress=progress
        )
    made = plain(found)
    if out is not None:
        from stillwatch.console.whose import write_whose

        write_into(out, "whose.json", json.dumps(made, indent=1).encode() + b"\n")
        write_whose(report_path(out), made)
    if as_json:
        print_json({"rows_left_out": read.left_out, **made})
        return
    from stillwatch.console import terminal
    from stillwatch.console.whose import whose_summary

    terminal.console().print(whose_summary(made))
    say_left_out(read.left_out)
    if out is not None:
        say(f"Report: {report_path(out)}")


def _only_model(path: Path, own: Corpus) -> str:
    if len(own.models) > 1:
        some = ", ".join(own.models[:12]) + (" …" if len(own.models) > 12 else "")
        raise BadInput(f"{path}: has answers of {len(own.models)} models ({some}). Choose one with --model.")
    return own.models[0]


def _show_pack(out: Path, manifest: Manifest) -> None:
    from stillwatch.console import terminal

    rows = [
        (provider, f"{sum(e.provider == provider for e in manifest.entries):,}",
         ", ".join(dict.fromkeys(e.family for e in manifest.entries if e.provider == provider)))
        for provider in manifest.providers
    ]  # fmt: skip
    terminal.console().print(terminal.listing(["provider", "models>", "families"], rows))
    say(
        f"{out}: {manifest.answers:,} answers of {len(manifest.entries)} models in {manifest.families} families to "
        f"{manifest.probes:,} questions of {manifest.name}."
    )
    say(f"SHA-256 of the questions {manifest.probes_sha256}")
    for provider, missing in manifest.cannot_be_judged().items():
        say(f"{provider} cannot be judged as a teacher: only {missing}.")
    if manifest.left_out:
        say(f"Left out {len(manifest.left_out)} models:")
        for reason in dict.fromkeys(manifest.left_out.values()):
            names = [model for model, why in manifest.left_out.items() if why == reason]
            say(f"  {', '.join(names[:8])}{f' and {len(names) - 8} more' if len(names) > 8 else ''}: {reason}")
    say("It holds these answers as text: hand it on only where you may hand on the answers.")
