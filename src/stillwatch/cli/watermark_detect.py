"""`watermark detect`: is this text ours, and under whose key was it written?"""

from __future__ import annotations

import os
import re
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
    read_tokenizer_file,
    show_case,
    the_scheme,
)
from stillwatch.cli.showing import existing, say
from stillwatch.cli.watermark_wording import Channel, Reference, detect_worded, is_wording
from stillwatch.cli.writing import json_lines, write_into
from stillwatch.config import load_settings
from stillwatch.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.marks import MarkInquiry
    from stillwatch.provenance.watermark.schemes import Scheme
    from stillwatch.provenance.watermark.text import Candidate, DocumentResult

__all__ = ["detect"]


@watermark.command()
def detect(
    texts: Annotated[
        list[Path], typer.Argument(help="JSON Lines, Parquet or plain text; a folder stands for its files.")
    ],
    master: MasterSource = None,
    register: RegisterFile = None,
    keys: KeysFile = None,
    raw_key: Annotated[
        str | None,
        typer.Option(
            "--raw-key", help="env:NAME or file:PATH: a key that was set in an engine by hand.", metavar="SOURCE"
        ),
    ] = None,
    scheme: SchemeName = None,
    tokenizer: TokenizerFile = None,
    commitment: CommitmentFile = None,
    channel: Channel = "tokens",
    reference: Reference = None,
    level: Level = 1e-6,
    decoys: Decoys = 1000,
    spans: Annotated[bool, typer.Option("--spans", help="Look for marked stretches within each document too.")] = False,
    each: Annotated[bool, typer.Option("--each", help="Judge each document by itself too.")] = False,
    out: Out = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Is this text ours, and under whose key was it written? Every key at once, with one stated error rate."""
    from stillwatch.console.progress import steps
    from stillwatch.provenance.watermark import text as marks
    from stillwatch.provenance.watermark.keys import read_master, read_register

    if (register is None) != (master is None):
        raise BadSettings("--register and --master belong together: the one names the keys, the other makes them.")
    if register is None and raw_key is None:
        raise BadSettings("no key to try: give --register and --master, or --raw-key.")
    if commitment is not None and (register is None or raw_key is not None):
        raise BadSettings("--commitment fixes the keys of a register: it goes with --register and without --raw-key.")
    known = read_register(register) if register is not None else None
    chosen = the_scheme(scheme, known, wording=channel == "wording")
    tried: list[Candidate] = []
    check = None
    if known is not None and master is not None:
        secret = read_master(master)
        tried = chosen_keys(known, secret, chosen, keys)
        check = check_commitment(
            commitment, known, secret, tried, scheme=chosen, level=level,
            weight="residual" if reference else marks.WEIGHT,
        )  # fmt: skip
    if raw_key is not None:
        tried.append(_by_hand(raw_key, chosen))
    settings = load_settings(seed=seed)
    if is_wording(chosen):
        if spans or each:
            raise BadSettings("--spans and --each need marks in tokens: one answer has too few choices of wording.")
        detect_worded(
            texts, chosen, tried, reference=reference, level=level, decoys=decoys, seed=settings.seed, commitment=check,
            out=out, as_json=as_json,
        )  # fmt: skip
        return
    if reference:
        raise BadSettings("--reference goes with --channel wording; for marks in tokens see `watermark radioactivity`.")
    with steps(quiet=as_json) as progress:
        documents = marks.read_texts(existing(texts), read_tokenizer_file(tokenizer), progress=progress)
        case = marks.detect(
            documents, chosen, tried, level=level, decoys=decoys, seed=settings.seed, spans=spans, commitment=check,
            progress=progress,
        )  # fmt: skip
        results = marks.detect_each(documents, chosen, tried, level, progress) if each else []
    if each and case.verdict == "abstains":
        results = []
    if out is not None and results:
        write_into(out, "documents.jsonl", json_lines(results))
    show_case(case, out, as_json=as_json, **({"documents": results} if each else {}))
    if not as_json:
        _show_rest(case, results, out)


def _by_hand(source: str, scheme: Scheme) -> Candidate:
    """The key of "env:NAME" or "file:PATH". Its name is made up: such a key is in no register."""
    from stillwatch.provenance.watermark.keys import KeyName
    from stillwatch.provenance.watermark.schemes.engine_keys import raw_key
    from stillwatch.provenance.watermark.text import Candidate

    kind, _, rest = source.partition(":")
    try:
        text = os.environ.get(rest, "") if kind == "env" else Path(rest).read_text("utf-8") if kind == "file" else ""
    except (OSError, UnicodeDecodeError):
        raise BadSettings(f"--raw-key: the file {rest} cannot be read.") from None
    if not text.strip():
        raise BadSettings("--raw-key: nothing there. Write env:NAME or file:PATH, never the key itself.")
    if scheme.name.partition(":")[0] in ("gumbel", "kgw"):
        if not re.fullmatch(r"[0-9a-fA-F]{32,128}", text.strip()) or len(text.strip()) % 2:
            raise BadSettings(f"--raw-key: a key of {scheme.name} is 32 or more hexadecimal digits.")
        key = bytes.fromhex(text.strip()).ljust(32, b"\0")
    else:
        key = raw_key(scheme.name, text)
    return Candidate(KeyName(provider="set by hand", scheme=scheme.name, epoch="none"), key)


def _show_rest(case: MarkInquiry, results: list[DocumentResult], out: Path | None) -> None:
    from stillwatch.console import terminal
    from stillwatch.console.mark_views import p_words
    from stillwatch.marks import level_words

    def listed(cells: list[tuple[str, ...]], head: tuple[str, ...], whole: int, title: str) -> None:
        terminal.console().print(terminal.listing(head, cells, title))
        if whole > len(cells):
            say(f"{whole - len(cells):,} more." + ("" if out is None else f" All are in {out}."))

    if case.spans:
        listed(
            [
                (one.document, one.key_id, f"{one.start:,} to {one.end:,}",
                 "" if one.start_character is None else f"{one.start_character:,} to {one.end_character:,}",
                 p_words(one.log10_p_adjusted))
                for one in case.spans[:20]
            ],
            ("document", "key", "tokens>", "characters>", "p, adjusted>"), len(case.spans), "Marked stretches",
        )  # fmt: skip
    if results:
        found = sorted((one for one in results if one.marked), key=lambda one: one.log10_p_adjusted or 0.0)
        error = level_words(case.level)
        say(f"{len(found):,} of {len(results):,} documents are marked, each judged by itself (error {error}).")
        if found:
            listed(
                [
                    (one.document, one.account, one.key_id, f"{one.tokens:,}", p_words(one.log10_p_adjusted))
                    for one in found[:10]
                ],
                ("document", "account told", "key", "tokens>", "p, adjusted>"), len(found), "Marked documents",
            )  # fmt: skip
