"""Commands of the register: `watermark keys new · add · list · rotate · state · assign`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stillwatch.cli.app import AsJson, watermark
from stillwatch.cli.showing import existing, plain, print_json, say
from stillwatch.cli.writing import write_lines
from stillwatch.errors import BadSettings, NothingToRead, StillwatchError

if TYPE_CHECKING:
    from stillwatch.provenance.watermark.keys import KeyName, Register, Standing

__all__ = ["AtRegister", "FromMaster", "add", "assign", "keys", "list_keys", "new", "rotate", "state"]

keys = typer.Typer(
    name="keys",
    help="Keys of marks: make, keep, rotate, commit to, and say who is marked with which.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
watermark.add_typer(keys)

AtRegister = Annotated[Path, typer.Argument(help="Register of keys: JSON lines, without secrets.", metavar="REGISTER")]
FromMaster = Annotated[
    str, typer.Option("--master", help="Where the master is: file:PATH, env:NAME or kms:package.module:function.")
]
Note = Annotated[str, typer.Option(help="Why, for the register.")]


@keys.command()
def new(
    master: Annotated[Path, typer.Argument(help="File to write: only its owner may read it.", metavar="MASTER")],
    as_json: AsJson = False,
) -> None:
    """Make a master: 32 random bytes. Never overwrites one."""
    from stillwatch.provenance.watermark.keys import new_master

    new_master(master)
    if as_json:
        print_json({"master": f"file:{master}"})
        return
    say(f"{master}: a new master. Use it as --master file:{master}")
    say("Keep a copy offline: without it no old answer can be recognised, and whoever has it can mark as you.")


@keys.command()
def add(
    register: AtRegister,
    provider: Annotated[str, typer.Option(help="Who serves the model.")],
    epoch: Annotated[str, typer.Option(help="Name of the epoch, such as 2026-11.")],
    scheme: Annotated[str, typer.Option(help="How it marks, such as gumbel:width=4.")],
    cohort: Annotated[str, typer.Option(help="Whose key: this cohort's; without it, the provider's.")] = "",
    account: Annotated[list[str] | None, typer.Option(help="This account's; may be repeated.")] = None,
    accounts: Annotated[Path | None, typer.Option(help="File of accounts, one a line.")] = None,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Bring keys into the register, which is made where there is none. What is there already stays."""
    from stillwatch.provenance.watermark.keys import KeyName, add_keys
    from stillwatch.provenance.watermark.schemes import scheme_named

    asked = [*(account or ()), *(_lines(accounts) if accounts is not None else ())]
    if asked and not cohort:
        raise BadSettings("--cohort is missing: an account's key belongs to a cohort, so that both can be tested.")
    full = scheme_named(scheme).name
    names = [KeyName(provider=provider, scheme=full, epoch=epoch, cohort=cohort, account=one) for one in asked or [""]]
    before = set(_register_or_none(register))
    after = add_keys(register, names, datetime.now(UTC), note)
    _show_change(register, [one for one in after.standings if one.name not in before], "added", as_json)


@keys.command("list")
def list_keys(
    register: AtRegister,
    state: Annotated[str | None, typer.Option(help="Only active, retired, leaked or destroyed ones.")] = None,
    account: Annotated[str | None, typer.Option(help="Only this account's.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the keys: ids, whose they are, and what they may still be used for."""
    from stillwatch.console import terminal
    from stillwatch.provenance.watermark.keys import read_register

    read = read_register(register)
    shown = [
        one
        for one in read.standings
        if (state is None or one.state == state) and (account is None or one.name.account == account)
    ]
    if as_json:
        print_json({"register": str(register), "keys": [_told(one) for one in shown]})
        return
    head = ["key", "whose", "scheme", "epoch", "state"]
    rows = [[one.name.id, _whose(one), one.name.scheme, one.name.epoch, one.state] for one in shown[:_MOST_ROWS]]
    terminal.console().print(terminal.listing(head, rows))
    if len(shown) > _MOST_ROWS:
        say(f"… and {len(shown) - _MOST_ROWS:,} more; --json gives all.")
    say(f"{register}: {_counted(read)}.")


_MOST_ROWS = 200


@keys.command()
def rotate(
    register: AtRegister,
    epoch: Annotated[str, typer.Option(help="Name of the new epoch.")],
    cohort: Annotated[str | None, typer.Option(help="Only the keys of this cohort.")] = None,
    tokens: Annotated[
        int | None, typer.Option(help="Tokens that a key marked in the old epoch, if known.", min=0)
    ] = None,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Begin an epoch: every active key gets a successor. The old ones mark no more and stay in every test."""
    from stillwatch.provenance.watermark.keys import read_register
    from stillwatch.provenance.watermark.keys import rotate as turn
    from stillwatch.provenance.watermark.keys.policy import volume_advice

    before = read_register(register)
    chosen = [one.name for one in before.standings if one.marks and (cohort is None or one.name.cohort == cohort)]
    if not chosen:
        raise BadSettings(f"{register}: no active key to rotate. `stillwatch watermark keys list` shows them.")
    after = turn(register, epoch, datetime.now(UTC), note, names=chosen)
    known = set(before.names)
    advice = volume_advice(tokens) if tokens is not None else ""
    _show_change(register, [one for one in after.standings if one.name not in known], "added", as_json, advice=advice)


@keys.command()
def state(
    register: AtRegister,
    state: Annotated[Literal["retired", "leaked", "destroyed"], typer.Argument(help="retired, leaked or destroyed.")],
    key: Annotated[list[str], typer.Argument(help="Ids of keys, or how they begin.", metavar="KEY_ID...")],
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Record what became of keys. It cannot be taken back: what leaked is no evidence any more."""
    from stillwatch.provenance.watermark.keys import change_state

    after = change_state(register, key, state, datetime.now(UTC), note)
    changed = list(dict.fromkeys(after.get(one) for one in key))
    _show_change(register, changed, state, as_json)


@keys.command()
def assign(
    decisions: Annotated[Path, typer.Argument(help="Table of accounts marked as campaigns', or a scan's folder.")],
    register: Annotated[Path, typer.Option("--register", help="Register of keys.")],
    provider: Annotated[str, typer.Option(help="Who serves the model.")],
    epoch: Annotated[str, typer.Option(help="Name of the epoch.")],
    engine: Annotated[str, typer.Option(help="Who samples: own, sglang or vllm.")] = "own",
    add: Annotated[bool, typer.Option("--add", help="Bring missing keys into the register.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="JSON lines to write: one account a line.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which key, scheme and strength each account gets. Everybody else's is the line without an account."""
    from stillwatch.console import terminal
    from stillwatch.provenance.watermark.keys import add_keys, read_register
    from stillwatch.provenance.watermark.keys.decisions import read_decisions
    from stillwatch.provenance.watermark.keys.policy import MarkingPolicy, assignments, decided

    existing([decisions])
    now = datetime.now(UTC)
    policy = MarkingPolicy.for_engine(engine, provider=provider, epoch=epoch)
    made = list(decided(read_decisions(decisions)).values())
    if add:
        add_keys(register, policy.names(made), now, "policy")
    given = assignments(policy, read_register(register), made, now)
    if out is not None:
        write_lines(out, given)
    if as_json:
        print_json({"assignments": plain(given), "out": None if out is None else str(out)})
        return
    kinds = dict.fromkeys((one.cohort, one.scheme, one.delta) for one in given)
    rows = [
        [cohort, scheme, "" if delta is None else f"{delta:g}",
         f"{sum((one.cohort, one.scheme) == (cohort, scheme) for one in given):,}" if i else "everybody else"]
        for i, (cohort, scheme, delta) in enumerate(kinds)
    ]  # fmt: skip
    terminal.console().print(terminal.listing(["cohort", "scheme", "delta", "accounts"], rows))
    say(
        f"{len(given) - 1:,} of the accounts have a key of their own now." + ("" if out is None else f" Written: {out}")
    )


def _register_or_none(path: Path) -> tuple[KeyName, ...]:
    from stillwatch.provenance.watermark.keys import read_register

    try:
        return read_register(path).names
    except NothingToRead:
        return ()


def _lines(path: Path) -> list[str]:
    existing([path])
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise StillwatchError(f"{path}: cannot be read as text ({type(error).__name__}). One account a line.") from None
    if not any(lines):
        raise NothingToRead(f"{path}: names no account. Write one a line.")
    return [line for line in lines if line]


def _told(one: Standing) -> dict[str, object]:
    told = {"id": one.name.id, "level": one.name.level, **plain(one.name)}
    return {**told, "state": one.state, "since": one.since.isoformat(), "note": one.note, "counts": one.counts}


def _whose(one: Standing) -> str:
    name = one.name
    return " / ".join(filter(None, (name.cohort, name.account))) or f"{name.provider} (provider)"


def _keys(count: int) -> str:
    return f"{count:,} key{'' if count == 1 else 's'}"


def _counted(register: Register) -> str:
    states = [one.state for one in register.standings]
    return f"{_keys(len(states))}: " + ", ".join(f"{states.count(s):,} {s}" for s in dict.fromkeys(states))


def _show_change(register: Path, changed: list[Standing], word: str, as_json: bool, *, advice: str = "") -> None:
    if as_json:
        more = {"advice": advice} if advice else {}
        print_json({"register": str(register), word: [_told(one) for one in changed], **more})
        return
    for one in changed[:8]:
        say(f"{one.name.id}: {_whose(one)}, {one.name.scheme}, epoch {one.name.epoch}, {one.state}")
    if len(changed) > 8:
        say(f"… and {len(changed) - 8:,} more.")
    say(f"{register}: {_keys(len(changed))} {word}." + (f" {advice}" if advice else ""))
