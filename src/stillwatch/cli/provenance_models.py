"""Commands that compare models by their answers: `provenance test` (one case) and `provenance screen` (many pairs)."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import Annotated

import typer

from stillwatch.cli.app import AsJson, Seed, provenance
from stillwatch.cli.showing import plain, print_json, report_path, say, say_left_out
from stillwatch.cli.writing import check_file, check_folder, write_into
from stillwatch.config import load_settings

__all__ = ["screen", "test"]

Answers = Annotated[Path, typer.Argument(help="OUTPUTS: answers as `provenance probe` writes them (Parquet).")]
Declared = typer.Option(help="MODELS: CSV of model, family, provider, kind (native, human or empty).")


@provenance.command()
def test(
    outputs: Answers,
    suspect: Annotated[str, typer.Option(help="Model that is asked about.")],
    teacher: Annotated[str, typer.Option(help="Model whose answers it may have been trained on, named beforehand.")],
    lineage: Annotated[Path | None, Declared] = None,
    reference: Annotated[list[Path] | None, typer.Option(help="Further OUTPUTS, such as controls; repeatable.")] = None,
    benchmark: Annotated[str | None, typer.Option(help="Which benchmark, where OUTPUTS has several.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for case.json and report.html.")] = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Was this suspect trained on that teacher's answers? One case, with its error rate, exhibits and a page."""
    from stillwatch.console.progress import steps
    from stillwatch.provenance.fingerprint import examine, read_lineage, read_outputs

    check_folder(out)
    settings = load_settings(seed=seed)
    with steps(quiet=as_json) as progress:
        read = read_outputs(outputs, *(reference or ()))
        inquiry = examine(
            read.only(benchmark), suspect, teacher, read_lineage(lineage), seed=settings.seed, progress=progress
        )
    if out is not None:
        import msgspec

        from stillwatch.console.inquiry import write_inquiry

        write_into(out, "case.json", msgspec.json.format(msgspec.json.encode(inquiry), indent=1))
        write_inquiry(report_path(out), inquiry)
    if as_json:
        print_json({"left_out": read.left_out, **plain(inquiry)})
        return
    from stillwatch.console import terminal
    from stillwatch.console.inquiry_terminal import inquiry_summary

    terminal.console().print(inquiry_summary(inquiry))
    say_left_out(read.left_out)
    if out is not None:
        say(f"Report: {report_path(out)}")


@provenance.command()
def screen(
    outputs: Answers,
    pairs: Annotated[Path, typer.Option(help="PAIRS: CSV of benchmark, suspect, teacher.")],
    lineage: Annotated[Path | None, Declared] = None,
    out: Annotated[Path, typer.Option("--out", help="RESULTS: one row a pair (Parquet).")] = Path("results.parquet"),
    reference: Annotated[list[Path] | None, typer.Option(help="Further OUTPUTS, such as controls; repeatable.")] = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Many suspects against many teachers: a row for each pair, with score, p-values, likelihood ratio and verdict."""
    from stillwatch.console.progress import steps
    from stillwatch.provenance.fingerprint import read_lineage, read_outputs, read_pairs
    from stillwatch.provenance.fingerprint import screen as run
    from stillwatch.provenance.fingerprint.screen import write_results

    check_file(out, "the results")
    settings = load_settings(seed=seed)
    with steps(quiet=as_json) as progress:
        wanted = read_pairs(pairs)
        read = read_outputs(outputs, *(reference or ()))
        judged = run(read, wanted, read_lineage(lineage), seed=settings.seed, progress=progress)
    write_results(out, judged)
    verdicts = {
        name: sum(one.verdict == name for one in judged) for name in ("supports", "inconclusive", "speaks against")
    }
    silent = sum(isnan(one.score) for one in judged)
    blind = sum(one.p_value is None for one in judged) - silent
    if as_json:
        print_json(
            {
                "pairs": len(judged),
                "verdicts": verdicts,
                "without_score": silent,
                "without_p": blind,
                "left_out": read.left_out,
                "out": str(out),
            }
        )
        return
    from stillwatch.console import terminal

    rows = [
        (
            one.suspect, one.teacher, f"{one.score:+.2f}", "-" if one.p_value is None else f"{one.p_value:.2g}",
            "-" if one.log_lr is None else f"{one.log_lr:+.1f}", one.verdict,
        )
        for one in sorted((one for one in judged if not isnan(one.score)), key=lambda one: -one.score)[:20]
    ]  # fmt: skip
    terminal.console().print(terminal.listing(["suspect", "teacher", "score>", "p>", "log LR>", "verdict"], rows))
    say(", ".join(f"{count:,} {name}" for name, count in verdicts.items()) + f" of {len(judged):,} pairs.")
    if silent:
        say(
            f"{silent:,} pairs have a model without answers in that benchmark, or too few to the same questions "
            "(prompt_id must be the same in all files): their rows are empty."
        )
    if blind:
        say(f"{blind:,} pairs have no p: fewer than 8 controls, or 5 families of them, are innocent of the teacher.")
    say_left_out(read.left_out)
    say(f"Results: {out}")
