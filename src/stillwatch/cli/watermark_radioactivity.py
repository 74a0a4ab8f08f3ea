"""`watermark radioactivity`: was that model trained on answers that we marked?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.app import AsJson, Seed, watermark
from stillwatch.cli.marking import (
    CommitmentFile,
    Decoys,
    KeysFile,
    Level,
    MasterSource,
    Out,
    RegisterFile,
    SchemeName,
    TokenizerFile,
    check_commitment,
    chosen_keys,
    chosen_standings,
    show_case,
    the_scheme,
)
from stillwatch.cli.showing import existing
from stillwatch.config import load_settings
from stillwatch.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.provenance.watermark.radioactivity.asking import Asking

__all__ = ["radioactivity"]


@watermark.command()
def radioactivity(
    reference: Annotated[
        Path, typer.Option("--reference", help="File of unmarked answers, or the folder of a model that saw no mark.")
    ],
    suspect: Annotated[
        str | None,
        typer.Option("--suspect", help="File of its answers, URL#MODEL, or a model's folder.", metavar="SUSPECT"),
    ] = None,
    forecast: Annotated[
        bool,
        typer.Option("--forecast", help="What a test would show and cost, from the reference alone. Nothing is asked."),
    ] = False,
    master: MasterSource = None,
    register: RegisterFile = None,
    keys: KeysFile = None,
    scheme: SchemeName = None,
    tokenizer: TokenizerFile = None,
    commitment: CommitmentFile = None,
    contexts: Annotated[
        Path | None,
        typer.Option("--contexts", help="Texts that a model's folder is read over: best the accounts' known answers."),
    ] = None,
    tokens: Annotated[int | None, typer.Option("--tokens", help="Read about so many tokens.", min=1000)] = None,
    level: Level = 1e-6,
    decoys: Decoys = 1000,
    prompts: Annotated[
        Path | None, typer.Option("--prompts", help="What a suspect at an address is asked: JSONL, CSV or Parquet.")
    ] = None,
    samples: Annotated[int, typer.Option("--samples", help="How often each prompt is asked.", min=1, max=100)] = 1,
    key_env: Annotated[str | None, typer.Option("--key-env", help="Variable that holds the address's key.")] = None,
    price: Annotated[
        str | None, typer.Option("--price", help="Of the address, per million tokens.", metavar="IN,OUT")
    ] = None,
    max_cost: Annotated[float | None, typer.Option("--max-cost", help="Stop asking before this is exceeded.")] = None,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Longest answer, in tokens.", min=1)] = 1024,
    temperature: Annotated[float | None, typer.Option("--temperature", help="By default the model's own.")] = None,
    out: Out = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Was that model trained on answers that we marked? From its answers, or from the model itself."""
    from stillwatch.console.progress import steps
    from stillwatch.provenance.watermark.keys import read_master, read_register
    from stillwatch.provenance.watermark.radioactivity.asking import is_address
    from stillwatch.provenance.watermark.radioactivity.reference import read_reference
    from stillwatch.provenance.watermark.radioactivity.study import Case, study
    from stillwatch.provenance.watermark.radioactivity.suspect import read_suspect
    from stillwatch.provenance.watermark.radioactivity.vocabulary import read_vocabulary
    from stillwatch.provenance.watermark.radioactivity.weights import NAME

    if forecast:
        _forecast(
            reference, contexts, tokenizer, register, keys, scheme, prompts, level=level, tokens=tokens,
            price=_price(price), max_tokens=max_tokens, as_json=as_json,
        )  # fmt: skip
        return
    if suspect is None:
        raise BadSettings("--suspect is missing: a file of answers, URL#MODEL or a model's folder. Or ask --forecast.")
    if register is None or master is None:
        raise BadSettings("no key to try: give --register, which names the keys, and --master, which makes them.")
    existing([reference, *(path for path in (contexts, prompts) if path is not None)])
    known, secret = read_register(register), read_master(master)
    chosen = the_scheme(scheme, known)
    tried = chosen_keys(known, secret, chosen, keys)
    vocabulary = read_vocabulary(tokenizer) if tokenizer is not None else None
    asked = is_address(suspect)
    if asked and vocabulary is None:
        raise BadSettings(
            "--tokenizer is missing: what an address answers is text. Give the provider's tokenizer.json."
        )
    asking = _asking(prompts, samples, key_env, price, max_cost, max_tokens, temperature)
    settings = load_settings(seed=seed)
    with steps(quiet=as_json) as progress:
        # What costs money or hours comes after all that can fail without it.
        compared = read_reference(reference, vocabulary, width=chosen.width) if asked else None
        read = read_suspect(
            suspect, vocabulary, contexts=contexts, asking=asking, folder=out, tokens=tokens, progress=progress
        )  # fmt: skip
        fixed = check_commitment(
            commitment, known, secret, tried, scheme=chosen, weight=NAME, level=level
        )  # fmt: skip
        if compared is None:
            compared = read_reference(reference, vocabulary, width=chosen.width, least=read.largest_token + 1)
        case = study(
            Case(
                suspect=read, reference=compared, scheme=chosen, keys=tried, level=level, decoys=decoys,
                seed=settings.seed, commitment=fixed,
                provenance={} if vocabulary is None else {"tokenizer_sha256": vocabulary.tokenizer.sha256},
            ),
            progress=progress,
        )  # fmt: skip
    show_case(case, out, as_json=as_json)


def _forecast(
    reference: Path, contexts: Path | None, tokenizer: Path | None, register: Path | None, keys: Path | None,
    scheme: str | None, prompts: Path | None, *, level: float, tokens: int | None, price: tuple[float, float] | None,
    max_tokens: int, as_json: bool,
) -> None:  # fmt: skip
    """No master: how many keys will be tried is all that a forecast has to know of them."""
    from stillwatch.cli.watermark_forecast import make_outlook, show_outlook
    from stillwatch.console.progress import steps
    from stillwatch.provenance.watermark.keys import read_register
    from stillwatch.provenance.watermark.radioactivity.forecast import tries
    from stillwatch.provenance.watermark.radioactivity.vocabulary import read_vocabulary

    existing([reference, *(path for path in (contexts, prompts) if path is not None)])
    known = None if register is None else read_register(register)
    chosen = the_scheme(scheme, known)
    tried = () if known is None else chosen_standings(known, chosen, keys)
    with steps(quiet=as_json) as progress:
        made = make_outlook(
            reference, contexts, None if tokenizer is None else read_vocabulary(tokenizer), chosen, level=level,
            keys=tries(one.name.level for one in tried if one.counts), tokens=tokens, price=price, prompts=prompts,
            max_tokens=max_tokens, progress=progress,
        )  # fmt: skip
    show_outlook(made, as_json=as_json)


def _asking(
    prompts: Path | None, samples: int, key_env: str | None, price: str | None, max_cost: float | None,
    max_tokens: int, temperature: float | None,
) -> Asking | None:  # fmt: skip
    if prompts is None:
        return None
    from stillwatch.provenance.watermark.radioactivity.asking import Asking

    return Asking(
        prompts=prompts, samples=samples, key_env=key_env, max_cost=max_cost, max_tokens=max_tokens,
        price=_price(price), temperature=temperature,
    )  # fmt: skip


def _price(told: str | None) -> tuple[float, float] | None:
    """(in, out) per million tokens."""
    if told is None:
        return None
    try:
        tokens_in, tokens_out = (float(part) for part in told.split(","))
    except ValueError:
        raise BadSettings("--price: write IN,OUT per million tokens, as in 2.5,10.") from None
    if not (0 <= tokens_in < float("inf") and 0 <= tokens_out < float("inf")):
        raise BadSettings("--price: a price is a number from 0.")
    return tokens_in, tokens_out
