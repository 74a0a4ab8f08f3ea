"""Commands that ask models: `provenance probes` writes a set of questions, `provenance probe` asks it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.app import AsJson, provenance
from stillwatch.cli.showing import plain, print_json, say
from stillwatch.errors import BadSettings, StillwatchError

if TYPE_CHECKING:
    from stillwatch.provenance.probing import Estimate, Probing, Target

__all__ = ["probe", "probes"]


@provenance.command()
def probes(
    out: Annotated[Path, typer.Option("--out", help="File to write: JSON Lines, one probe a line.")],
    secret_file: Annotated[
        Path | None, typer.Option("--secret-file", help="File with a secret of this case: adds the secret half.")
    ] = None,
    stratum: Annotated[list[str] | None, typer.Option(help="Only this stratum; may be repeated.")] = None,
    per_stratum: Annotated[
        int | None, typer.Option("--per-stratum", help="So many probes of each stratum in each half.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a set of probes and print its SHA-256, so that it can be frozen before the suspect is asked."""
    from stillwatch.console import terminal
    from stillwatch.provenance import probing

    sizes = probing.chosen_strata(stratum or (), per_stratum)
    kept = list(probing.published_of(sizes))
    if secret_file is not None:
        # Apart from the whole published half, whichever part of it is asked.
        apart = [probe.prompt for probe in (*probing.standard().probes, *kept)]
        kept += probing.compose(probing.read_secret(secret_file), "secret", sizes, apart_from=apart)
    sha256 = probing.write_set(out, kept)
    counts = {name: [sum(p.stratum == name and p.half == half for p in kept) for half in _HALVES] for name in sizes}
    questions = sum(probe.repeat for probe in kept)
    if as_json:
        strata = {name: dict(zip(_HALVES, pair, strict=True)) for name, pair in counts.items()}
        print_json({"probes": str(out), "sha256": sha256, "count": len(kept), "questions": questions, "strata": strata})
        return
    rows = [[name, *(f"{count:,}" for count in pair)] for name, pair in counts.items()]
    terminal.console().print(terminal.listing(["stratum", *_HALVES], rows))
    say(f"{out}: {len(kept):,} probes, {questions:,} questions a model.")
    say(f"SHA-256 {sha256}")
    if secret_file is None:
        say("Published half only. Add --secret-file for questions that nobody can have prepared for.")


_HALVES = ("published", "secret")


@provenance.command()
def probe(
    out: Annotated[Path, typer.Option("--out", help="Parquet file for the answers; a journal is kept beside it.")],
    target: Annotated[
        list[str] | None, typer.Option(help="NAME=URL#MODEL; may be repeated.", metavar="NAME=URL#MODEL")
    ] = None,
    targets: Annotated[Path | None, typer.Option("--targets", help="TOML file of targets.")] = None,
    probes: Annotated[str, typer.Option(help="standard, short, or a JSONL, CSV or Parquet file.")] = "standard",
    key_env: Annotated[
        list[str] | None, typer.Option("--key-env", help="NAME=VARIABLE that holds the target's key.")
    ] = None,
    price: Annotated[list[str] | None, typer.Option(help="NAME=IN,OUT per million tokens; may be repeated.")] = None,
    questions: Annotated[
        list[str] | None, typer.Option(help="NAME=N: ask this target only so many, of all strata; may be repeated.")
    ] = None,
    max_cost: Annotated[float | None, typer.Option("--max-cost", help="Stop before this is exceeded.")] = None,
    samples: Annotated[
        int | None, typer.Option(help="How often each probe of the repeat stratum is asked.", min=1, max=100)
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="By default the model's own.")] = None,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Longest answer, in tokens.", min=1)] = 1024,
    system: Annotated[str | None, typer.Option(help="System prompt; none by default.")] = None,
    per_minute: Annotated[
        float, typer.Option("--per-minute", help="Most requests a minute to each target.", min=0.01)
    ] = 60.0,
    tokens_per_minute: Annotated[
        float | None, typer.Option("--tokens-per-minute", help="Most tokens a minute of each target.", min=1)
    ] = None,
    concurrency: Annotated[int, typer.Option(help="Requests in flight to each target.", min=1, max=64)] = 4,
    timeout: Annotated[float, typer.Option(help="Seconds that one answer may take.", min=0.1)] = 120.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask nothing: count, price and time.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask every target the same questions. Run again, it asks only what has no answer yet."""
    from stillwatch.console.progress import steps
    from stillwatch.provenance import probing

    decoding = probing.Decoding(temperature=temperature, max_tokens=max_tokens, system=system)
    limits = {
        "decoding": decoding, "per_minute": per_minute, "tokens_per_minute": tokens_per_minute,
        "concurrency": concurrency,
    }  # fmt: skip
    named = [probing.parse_target(text, **limits) for text in target or ()]
    named += probing.read_targets(targets, **limits) if targets is not None else []
    asked = probing.changed(
        named, prices=dict(probing.parse_price(text) for text in price or ()), key_envs=_pairs(key_env or ()),
        questions=dict(probing.parse_questions(text) for text in questions or ()),
    )  # fmt: skip
    chosen = probing.read_set(probes)
    if dry_run:
        _show_plan(asked, probing.plan(asked, chosen, out, samples=samples), as_json)
        return
    with steps(quiet=as_json) as progress:
        done = probing.probe(
            asked, chosen, out, samples=samples, max_cost=max_cost, seconds=timeout, progress=progress
        )  # fmt: skip
    _show_done(done, as_json)
    if closed := [one for one in done.targets if one.closed is not None]:
        first = f"{closed[0].target}: {closed[0].closed}".rstrip(".")
        raise StillwatchError(
            f"{len(closed)} of {len(done.targets)} targets did not finish. {first}. The rest is kept."
        )


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for name, _, variable in pairs:
        if not (name and variable.isidentifier() and len(variable) <= 100):
            # What follows "=" is not repeated: it may be the key itself, put there by mistake.
            raise BadSettings(f"--key-env {name[:100]}: write NAME=VARIABLE, the name of an environment variable.")
    return {name: variable for name, _, variable in pairs}


def _show_plan(targets: Sequence[Target], estimates: Sequence[Estimate], as_json: bool) -> None:
    from stillwatch.console import terminal

    if as_json:
        print_json(plain(estimates))
        return
    head = ["target", "model", "kept", "to ask", "tokens in", "tokens out", "cost", "at most", "minutes"]
    rows = [
        [
            e.target, e.model, f"{e.kept:,}", f"{e.to_ask:,}", f"~{e.tokens_in:,}", f"~{e.tokens_out:,}",
            _money(e.cost), _money(e.most_cost), f"{e.minutes:,.0f}",
        ]
        for e in estimates
    ]  # fmt: skip
    terminal.console().print(terminal.listing(head, rows))
    longest = max((e.minutes for e in estimates), default=0.0)
    say(f"Nothing was asked. All targets at once take {longest:,.0f} minutes at their rate limits, or longer.")
    if unpriced := [one.name for one in targets if one.price is None]:
        say(f"Price unknown: {', '.join(unpriced)}. Add --price NAME=IN,OUT, both per million tokens.")


def _show_done(done: Probing, as_json: bool) -> None:
    from stillwatch.console import terminal

    if as_json:
        print_json(plain(done))
        return
    counts = ("answered", "refused", "empty", "truncated", "error", "missing")
    rows = [[one.target, one.model, *(f"{getattr(one, name):,}" for name in counts)] for one in done.targets]
    terminal.console().print(terminal.listing(["target", "model", *counts], rows))
    for one in done.targets:
        if one.closed is not None:
            say(f"{one.target}: {one.closed}")
        if one.empty:
            say(
                f"{one.target}: {one.empty:,} answers are empty, and are not asked again. A model that thinks before "
                "it answers needs a larger --max-tokens: ask it under another name."
            )
    spent = "" if done.spent is None else f" Spent about {_money(done.spent)}, earlier runs included."
    say(f"{done.out}: {done.rows:,} rows of {done.benchmark}.{spent}")
    say(f"SHA-256 of the probes {done.sha256}")


def _money(amount: float | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f}"
