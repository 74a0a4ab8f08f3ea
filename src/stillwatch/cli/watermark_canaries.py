"""Canaries: `watermark canaries new` invents an account's, `watermark canaries find` looks for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.app import AsJson, Seed, watermark
from stillwatch.cli.marking import CommitmentFile, MasterSource
from stillwatch.cli.showing import existing, plain, print_json, say
from stillwatch.config import load_settings
from stillwatch.errors import BadInput

if TYPE_CHECKING:
    from stillwatch.marks import CommitmentCheck

__all__ = ["canaries", "find", "new"]

canaries = typer.Typer(
    name="canaries",
    help="Invented names and values that only one account's answers hold: make them, and look for them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
watermark.add_typer(canaries)


@canaries.command()
def new(
    master: Annotated[
        str, typer.Option("--master", help="file:PATH, env:NAME or kms:package.module:function.", metavar="SOURCE")
    ],
    provider: Annotated[str, typer.Option(help="Who serves the model.")],
    epoch: Annotated[str, typer.Option(help="Name of the epoch, such as 2026-11.")],
    account: Annotated[list[str], typer.Option(help="Account to make canaries for; may be repeated.")],
    out: Annotated[Path, typer.Option("--out", help="File to write: JSON lines; never overwritten.")],
    cohort: Annotated[str, typer.Option(help="The accounts' cohort.")] = "",
    count: Annotated[int, typer.Option(help="Canaries an account.", min=1, max=200)] = 12,
    as_json: AsJson = False,
) -> None:
    """Invent canaries for accounts, out of their keys: the same command makes the same ones again."""
    from stillwatch.provenance.canaries import canaries_of, planted_hash, write_planted
    from stillwatch.provenance.canaries.planting import SCHEME
    from stillwatch.provenance.watermark.keys import KeyName, derive_all, read_master

    names = [
        KeyName(provider=provider, scheme=SCHEME, epoch=epoch, cohort=cohort, account=one)
        for one in dict.fromkeys(account)
    ]
    keys = derive_all(read_master(master), names)
    planted = [one for name, key in zip(names, keys, strict=True) for one in canaries_of(name, key, count)]
    write_planted(out, planted)
    sha256 = planted_hash(out)
    if as_json:
        ids = {name.account: name.id for name in names}
        print_json({"out": str(out), "canaries": len(planted), "keys": ids, "sha256": sha256})
        return
    say(f"{out}: {len(planted):,} canaries of {len(names):,} accounts. Plant them only in examples, never as facts.")
    say(f"SHA-256 {sha256}: publish it before any test, and nobody can say that they were picked afterwards.")


@canaries.command()
def find(
    outputs: Annotated[list[Path], typer.Argument(help="The suspect's outputs: JSON Lines, Parquet or plain text.")],
    planted: Annotated[Path, typer.Option("--canaries", help="File of canaries, as `canaries new` writes it.")],
    controls: Annotated[
        list[Path] | None,
        typer.Option("--controls", help="Outputs of models that cannot have seen them; what they hold is left out."),
    ] = None,
    master: MasterSource = None,
    commitment: CommitmentFile = None,
    decoys: Annotated[int, typer.Option(help="Sets that nobody planted; p is never below 1 / (N + 1).")] = 9999,
    level: Annotated[float, typer.Option(help="Family-wise error over all accounts.")] = 0.001,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Look for canaries in a suspect's outputs, beside decoys that were invented the same way."""
    from stillwatch.console import terminal
    from stillwatch.console.progress import steps
    from stillwatch.provenance.canaries import check_planted, find_canaries, planted_hash, read_answers, read_planted

    listed = read_planted(planted)
    if master is not None:
        check_planted(planted, listed, master)
    sha256 = planted_hash(planted)
    fixed = None if commitment is None else _fixed(planted, sha256, commitment)
    settings = load_settings(seed=seed)
    with steps(quiet=as_json) as progress:
        answers = read_answers(existing(outputs), progress)
        known = read_answers(existing(controls), progress) if controls else None
        found = find_canaries(answers, listed, known, decoys=decoys, level=level, seed=settings.seed, progress=progress)
    if as_json:
        print_json(
            {**found._asdict(), "results": [one._asdict() for one in found.results],
             "hits": [one._asdict() for one in found.hits], "sha256": sha256,
             "commitment": plain(fixed)}
        )  # fmt: skip
        return
    say(found.sentence)
    rows = [
        (one.account, one.key_id, f"{one.found} of {one.planted}", f"{one.p:.2g}", f"{one.p_adjusted:.2g}",
         "yes" if one.accused else "no")
        for one in found.results[:10]
    ]  # fmt: skip
    terminal.console().print(terminal.listing(["account", "key", "found>", "p>", "p, adjusted>", "accused"], rows))
    for hit in found.hits[:10]:
        say(f"{hit.text}: {hit.how}, in {hit.outputs:,} outputs, first in {hit.first}.")
    say(f"{found.decoys:,} decoy sets, of which {found.decoys_with_hits:,} had any hit. Canaries' SHA-256 {sha256}")
    if fixed is not None:
        say(f"{fixed.text} Root {fixed.root}")
    if known is None:
        say("No --controls were given: whether others write these words is judged by the decoys alone.")


def _fixed(planted: Path, sha256: str, commitment: Path) -> CommitmentCheck:
    """Raises BadInput where these are not the canaries that were committed to: who picks them afterwards finds some."""
    from stillwatch.provenance.watermark.keys import check_file, read_commitment

    made = check_file(read_commitment(commitment), "canaries", sha256, tested_at=datetime.now(UTC))
    if not made.holds:
        raise BadInput(f"{planted}: {commitment} was not published for these canaries. {made.text}")
    return made
