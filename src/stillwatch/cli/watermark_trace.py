"""`watermark trace`: whose marked answers is that model, or that text, made of?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.app import AsJson, Seed, watermark
from stillwatch.cli.marking import (
    CommitmentFile,
    Decoys,
    KeysFile,
    Level,
    Out,
    SchemeName,
    TokenizerFile,
    check_commitment,
    chosen_keys,
    show_case,
    the_scheme,
)
from stillwatch.cli.showing import existing, say
from stillwatch.config import load_settings
from stillwatch.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.marks import MarkInquiry, RivalStory
    from stillwatch.provenance.watermark.radioactivity.vocabulary import Vocabulary
    from stillwatch.provenance.watermark.schemes import Scheme
    from stillwatch.provenance.watermark.tracing.gathering import Gathered
    from stillwatch.provenance.watermark.tracing.ledger import Books

__all__ = ["trace"]

_LAKE = """
SELECT account_id AS account, CAST(count(*) AS BIGINT) AS exchanges,
    CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS tokens,
    CAST(min(ts_us) AS BIGINT) AS first_seen, CAST(max(ts_us) AS BIGINT) AS last_seen
FROM exchanges WHERE account_id IS NOT NULL AND account_id <> '' GROUP BY account_id ORDER BY account_id
"""


@watermark.command()
def trace(
    suspect: Annotated[str, typer.Option(help="Answers in a file, or a model's folder.", metavar="FILE_OR_MODEL")],
    master: Annotated[
        str, typer.Option("--master", help="file:PATH, env:NAME or kms:package.module:function.", metavar="SOURCE")
    ],
    register: Annotated[Path, typer.Option("--register", help="Register of keys, as `watermark keys` keeps it.")],
    reference: Annotated[
        Path | None,
        typer.Option(
            help="What never saw the mark: a model's folder or a file of answers. Without it the suspect is text.",
            metavar="FILE_OR_MODEL",
        ),
    ] = None,
    cohorts: Annotated[
        Path | None, typer.Option(help="Accounts joined before looking (cohort, account), or the folder of a scan.")
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="The books: a table of accounts, or a lake. Told of whom is found.")
    ] = None,
    scheme: SchemeName = None,
    tokenizer: TokenizerFile = None,
    keys: KeysFile = None,
    contexts: Annotated[
        Path | None, typer.Option(help="Texts that a suspect model is read over: best, answers known to be given.")
    ] = None,
    tokens: Annotated[int | None, typer.Option(min=1, help="Read about so many tokens of the suspect.")] = None,
    strength: Annotated[
        float | None, typer.Option(min=0.01, help="A green list's delta, where known: shares are lower bounds without.")
    ] = None,
    public: Annotated[
        Path | None, typer.Option(help="Marked text that others could read: is the suspect's text an imitation of it?")
    ] = None,
    genuine: Annotated[
        Path | None, typer.Option(help="Fresh marked text of the accused keys, to compare with in that test.")
    ] = None,
    commitment: CommitmentFile = None,
    level: Level = 1e-3,
    decoys: Decoys = 1000,
    out: Out = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Which of thousands of accounts and cohorts had the answers that a model, or a text, is made of?"""
    from stillwatch.console.progress import steps
    from stillwatch.provenance.watermark.keys import read_master, read_register
    from stillwatch.provenance.watermark.radioactivity.vocabulary import read_vocabulary
    from stillwatch.provenance.watermark.tracing.cohorts import read_cohorts
    from stillwatch.provenance.watermark.tracing.study import Case, study

    if not 0 < level < 1:
        raise BadSettings(f"--level {level:g}: is a probability between 0 and 1, such as 1e-3.")
    if public is not None and reference is not None:
        raise BadSettings("--public is for text that is shown as ours; nothing tells imitation in a model's output.")
    if genuine is not None and public is None:
        raise BadSettings("--genuine is compared with --public: give that too.")
    known = read_register(register)
    chosen = the_scheme(scheme, known)
    secret = read_master(master)
    tried = chosen_keys(known, secret, chosen, keys)
    joined = None if cohorts is None else read_cohorts(cohorts)
    books = None if ledger is None else _books(ledger)
    settings = load_settings(seed=seed)
    with steps(quiet=as_json) as progress:
        vocabulary = None if tokenizer is None else read_vocabulary(tokenizer)
        if reference is None:
            read = _text(Path(suspect), chosen, vocabulary, contexts, tokens)
        else:
            read = _model(suspect, reference, chosen, vocabulary, contexts, tokens)
        fixed = {} if joined is None else {"cohorts": joined.sha256}
        check = check_commitment(
            commitment, known, secret, tried, scheme=chosen, weight=read.weight, level=level, files=fixed
        )  # fmt: skip
        case = Case(
            read, chosen, tried, cohorts=joined, books=books, level=level, decoys=decoys, seed=settings.seed,
            strength=strength, commitment=check,
        )  # fmt: skip
        imitation = _imitation(read, chosen, vocabulary, public, genuine, settings.seed)
        made = study(case, spoofing=imitation, progress=progress)
    show_case(made, out, as_json=as_json)
    if not as_json:
        _show_shares(made)


def _model(
    suspect: str, reference: Path, scheme: Scheme, vocabulary: Vocabulary | None, contexts: Path | None,
    tokens: int | None,
) -> Gathered:  # fmt: skip
    from stillwatch.provenance.watermark.radioactivity.asking import is_address
    from stillwatch.provenance.watermark.radioactivity.reference import read_reference
    from stillwatch.provenance.watermark.radioactivity.study import gather
    from stillwatch.provenance.watermark.radioactivity.suspect import read_suspect
    from stillwatch.provenance.watermark.radioactivity.weights import NAME
    from stillwatch.provenance.watermark.tracing.gathering import gathered_evidence

    if is_address(suspect):
        raise BadSettings(
            "--suspect: is an address. Ask it first with `watermark radioactivity`, which keeps the answers, and give "
            "their file."
        )
    found = read_suspect(suspect, vocabulary, contexts=contexts, tokens=tokens)
    beside = read_reference(existing([reference])[0], vocabulary, width=scheme.width, least=found.largest_token + 1)
    evidence = gather(found, beside, scheme)
    provenance = {
        "suspect_sha256": found.sha256,
        "reference": f"{beside.kind} {beside.name}",
        "reference_sha256": beside.sha256,
        **{f"file {path}": digest for path, digest in found.files},
        **{f"left out ({reason})": f"{count:,}" for reason, count in found.left_out},
    }
    return gathered_evidence(found.name, evidence, NAME, provenance)


def _text(
    suspect: Path, scheme: Scheme, vocabulary: Vocabulary | None, contexts: Path | None, tokens: int | None
) -> Gathered:
    from dataclasses import replace

    from stillwatch.provenance.watermark.radioactivity.reference import is_model
    from stillwatch.provenance.watermark.text import read_texts
    from stillwatch.provenance.watermark.tracing.gathering import gathered_text

    if contexts is not None or is_model(existing([suspect])[0]):
        raise BadSettings(
            f"{suspect}: a model is judged against what never saw the mark. Give --reference: your own model with the "
            "mark off, or the suspect's public base."
        )
    read = read_texts([suspect], None if vocabulary is None else vocabulary.tokenizer)
    if tokens is not None:
        read = replace(read, texts=read.texts.first(tokens))
    return gathered_text(str(suspect), read, scheme)


def _imitation(
    read: Gathered, scheme: Scheme, vocabulary: Vocabulary | None, public: Path | None, genuine: Path | None, seed: int
) -> Callable[[Sequence[bytes]], RivalStory] | None:
    """The test of spoofing, asked of the strongest key that is accused."""
    from stillwatch.provenance.watermark.schemes import pairs_of
    from stillwatch.provenance.watermark.text import read_texts
    from stillwatch.provenance.watermark.tracing.spoofing import spoofing_test

    if public is None:
        return None
    tokenizer = None if vocabulary is None else vocabulary.tokenizer
    seen = pairs_of(scheme, read_texts([public], tokenizer).texts)
    own = None if genuine is None else pairs_of(scheme, read_texts([genuine], tokenizer).texts)

    def test(keys: Sequence[bytes]) -> RivalStory:
        return spoofing_test(scheme, read.suspicion.pairs, keys[0], seen, own, seed=seed)[0]

    return test


def _books(path: Path) -> Books:
    """A table of accounts, or what a lake holds of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from stillwatch.engines import open_engine
    from stillwatch.lake import Lake
    from stillwatch.provenance.watermark.tracing.ledger import read_books

    if not Lake.is_lake(existing([path])[0]):
        return read_books(path)
    with open_engine(load_settings()) as engine:
        Lake.open(path).register_exchanges(engine)
        table = engine.fetch(_LAKE)
    for name in ("first_seen", "last_seen"):
        day = pc.strftime(table.column(name).cast(pa.timestamp("us")), format="%Y-%m-%d")
        table = table.set_column(table.column_names.index(name), name, day)
    return read_books(path, table)


def _show_shares(case: MarkInquiry) -> None:
    from stillwatch.console import figures, terminal

    told = sorted(
        (key for key in case.keys if key.accused and key.share is not None), key=lambda key: -(key.share or 0)
    )
    if not told:
        return
    cells = [
        (key.account or key.cohort or "provider", figures.percent(key.share),
         f"{figures.percent(key.share_low)} to {figures.percent(key.share_high)}")
        for key in told[:20]
    ]  # fmt: skip
    terminal.console().print(terminal.listing(("whose", "share>", "95 % interval"), cells, "Of the suspect's data"))
    if len(told) > len(cells):
        say(f"{len(told) - len(cells):,} more.")
