"""The command that marks answers here: `watermark embed`, with a local model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.app import AsJson, Seed, watermark
from stillwatch.cli.showing import plain, print_json, say
from stillwatch.cli.watermark_wording import Channel, Texts, word_texts
from stillwatch.cli.writing import write_lines
from stillwatch.config import load_settings
from stillwatch.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.provenance.watermark.keys import KeyName, Register

__all__ = ["embed"]


@watermark.command()
def embed(
    master: Annotated[
        str, typer.Option("--master", help="Where the master is: file:PATH, env:NAME or kms:package.module:function.")
    ],
    register: Annotated[Path, typer.Option("--register", help="Register of keys, as `watermark keys` keeps it.")],
    out: Annotated[
        Path, typer.Option("--out", help="File to write: JSON lines of tokens, text and the mark's record.")
    ],
    model: Annotated[
        Path | None, typer.Option("--model", help="Folder of a Hugging Face model on this machine.")
    ] = None,
    prompts: Annotated[
        Path | None, typer.Option("--prompts", help="JSON lines with `prompt`, or text, one prompt a line.")
    ] = None,
    channel: Channel = "tokens",
    texts: Texts = None,
    key: Annotated[str | None, typer.Option("--key", help="Id of the key to mark with.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="Or: the active key of this account.")] = None,
    scheme: Annotated[str | None, typer.Option("--scheme", help="Which scheme, where the account has several.")] = None,
    delta: Annotated[float, typer.Option("--delta", help="Bias of green tokens, in nats (kgw).")] = 2.0,
    low_entropy: Annotated[
        float | None, typer.Option("--low-entropy", help="Leave tokens of less entropy (nats) plain; 0 marks all.")
    ] = None,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Longest answer, in tokens.", min=1)] = 256,
    temperature: Annotated[float, typer.Option(help="Above 0: a mark needs chance to draw by.", min=0.01)] = 1.0,
    top_p: Annotated[
        float, typer.Option("--top-p", help="Draw from the likeliest tokens of this share.", min=0.01, max=1)
    ] = 1.0,
    plain_share: Annotated[
        float, typer.Option("--plain-share", help="Share of answers left unmarked, drawn by the seed.", min=0, max=1)
    ] = 0.0,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Answer prompts with a local model under a mark. Nothing is downloaded; keys are never written."""
    from stillwatch.console.progress import steps
    from stillwatch.provenance.watermark.keys import derive, read_master, read_register
    from stillwatch.provenance.watermark.samplers.metadata import metadata_of
    from stillwatch.provenance.watermark.samplers.policy import LOW_ENTROPY, Policy
    from stillwatch.provenance.watermark.samplers.prompts import read_prompts

    name = _chosen(read_register(register), key, account, scheme)
    if channel == "wording":
        word_texts(texts, name, derive(read_master(master), name), out, as_json=as_json)
        return
    if model is None or prompts is None or texts:
        raise BadSettings("give --model and --prompts; or --channel wording with --texts.")
    policy = Policy(delta=delta, low_entropy=LOW_ENTROPY if low_entropy is None else low_entropy)
    asked = read_prompts(prompts)
    secret = derive(read_master(master), name)
    try:
        from stillwatch.provenance.watermark.samplers import writing
    except ImportError as error:
        raise BadSettings(f"{error.name} is not installed. Add it: pip install 'stillwatch[watermark]'.") from None
    sampling = writing.Sampling(
        max_tokens=max_tokens, temperature=temperature, top_p=top_p, seed=load_settings(seed=seed).seed
    )
    with steps(quiet=as_json) as progress:
        answers = list(
            writing.write_answers(
                writing.open_model(model), asked, name, secret,
                policy=policy, sampling=sampling, plain_share=plain_share, progress=progress,
            )
        )  # fmt: skip
    write_lines(out, answers)
    marked = [answer.mark for answer in answers if answer.mark is not None]
    tokens, under = sum(len(answer.tokens) for answer in answers), sum(mark.marked or 0 for mark in marked)
    if as_json:
        counts = {"answers": len(answers), "marked_answers": len(marked), "tokens": tokens, "marked_tokens": under}
        print_json({"out": str(out), **counts, "mark": plain(metadata_of(name, policy))})
        return
    say(
        f"{out}: {len(answers):,} answers, {len(marked):,} of them marked; {tokens:,} tokens, {under:,} under the mark."
    )
    say(f"Key {name.id}, {name.scheme}, epoch {name.epoch}. The rest was drawn plainly: low entropy or seen contexts.")


def _chosen(register: Register, key: str | None, account: str | None, scheme: str | None) -> KeyName:
    """The one key that is meant, and may mark."""
    if (key is None) == (account is None):
        raise BadSettings("give --key ID or --account NAME, one of the two.")
    if key is not None:
        found = [register.get(key)]
    else:
        found = [one for one in register.standings if one.name.account == account and one.marks]
        if not found:
            raise BadSettings(f"{register.path}: that account has no active key. `watermark keys add` brings one in.")
    if scheme is not None:
        from stillwatch.provenance.watermark.schemes import scheme_named

        full = scheme_named(scheme).name
        found = [one for one in found if one.name.scheme == full]
    if len(found) != 1:
        many = "no key" if not found else f"{len(found)} keys"
        raise BadSettings(
            f"{register.path}: {many} that may mark fit. Name one with --key; `watermark keys list` shows them."
        )
    if not found[0].marks:
        raise BadSettings(f"{register.path}: key {found[0].name.id} is {found[0].state} and marks no more.")
    return found[0].name
