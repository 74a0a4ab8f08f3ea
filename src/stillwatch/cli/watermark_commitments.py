"""Commands of a commitment: `watermark keys commit · check · open · verify`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.app import AsJson
from stillwatch.cli.showing import plain, print_json, say
from stillwatch.cli.watermark_keys import AtRegister, FromMaster, keys
from stillwatch.errors import BadInput, BadSettings

if TYPE_CHECKING:
    from stillwatch.marks import CommitmentCheck
    from stillwatch.provenance.watermark.keys import KeyName, Master

__all__ = ["check", "commit", "open_key", "verify"]

AtCommitment = Annotated[Path, typer.Argument(help="File that `keys commit` wrote.", metavar="COMMITMENT")]
TestedAt = Annotated[
    str | None, typer.Option("--tested-at", help="When the test ran, such as 2026-11-20T10:00:00Z; now by default.")
]


@keys.command()
def commit(
    register: AtRegister,
    master: FromMaster,
    out: Annotated[Path, typer.Option("--out", help="File to write: public, and never overwritten.")],
    weight: Annotated[str, typer.Option(help="Name of the weight of a pair that the test will use.")],
    level: Annotated[float, typer.Option(help="Level of significance of all keys together.")] = 1e-6,
    scheme: Annotated[
        list[str] | None, typer.Option(help="Scheme that will be tested; may be repeated. By default, all.")
    ] = None,
    cohorts: Annotated[Path | None, typer.Option(help="Membership of cohorts that is fixed with the keys.")] = None,
    canaries: Annotated[
        Path | None, typer.Option(help="Canaries that are fixed too: the file that `canaries new` wrote.")
    ] = None,
    note: Annotated[str, typer.Option(help="What the test is about; public.")] = "",
    as_json: AsJson = False,
) -> None:
    """Fix keys and plan before a test, in a file that shows neither. Publish its root."""
    from stillwatch.provenance.canaries import planted_hash, read_planted
    from stillwatch.provenance.watermark.keys import Plan, read_master, read_register
    from stillwatch.provenance.watermark.keys import commit as fix
    from stillwatch.provenance.watermark.keys.commitment import write_json
    from stillwatch.provenance.watermark.schemes import scheme_named

    names = read_register(register).names
    known = list(dict.fromkeys(name.scheme for name in names))
    asked = list(dict.fromkeys(scheme_named(one).name for one in scheme or ())) or known
    if unknown := [one for one in asked if one not in known]:
        raise BadSettings(f"{register}: has no key of {unknown[0]}. It has: {', '.join(known)}.")
    if not 0 < level < 1:
        raise BadSettings("--level: lies between 0 and 1, such as 1e-6.")
    files = {} if cohorts is None else {"cohorts": _membership(cohorts)}
    if canaries is not None:
        read_planted(canaries)
        files["canaries"] = planted_hash(canaries)
    plan = Plan(schemes=tuple(asked), weight=weight, level=level, files=files, note=note)
    secret = read_master(master)
    made = fix(secret, names, plan, datetime.now(UTC))
    met = _not_apart(secret, [name for name in names if name.scheme in asked])
    write_json(out, made)
    if as_json:
        shown = {"root": made.root, "keys": made.keys, "committed_at": made.committed_at.isoformat()}
        print_json({"out": str(out), **shown, "plan_sha256": made.plan_sha256, "plan": plain(plan), "not_apart": met})
        return
    say(f"{out}: the plan and {made.keys:,} key{'' if made.keys == 1 else 's'} are fixed.")
    say(f"Root {made.root}")
    for one, other in met[:5]:
        say(f"Keys {one} and {other} share marks, as this scheme's keys are short: a hit on one may be the other's.")
    if len(met) > 5:
        say(f"… and {len(met) - 5:,} more such pairs.")
    say("Publish the root before the test, where others keep the date (docs/watermark-keys.md).")


@keys.command()
def check(
    register: AtRegister,
    commitment: AtCommitment,
    master: FromMaster,
    root: Annotated[str | None, typer.Option(help="The root as it was published.")] = None,
    tested_at: TestedAt = None,
    as_json: AsJson = False,
) -> None:
    """Whether register and master still are what was committed to. Exit status 3 where not."""
    from stillwatch.provenance.watermark.keys import check as compare
    from stillwatch.provenance.watermark.keys import read_commitment, read_master, read_register

    fixed = read_commitment(commitment)
    names = read_register(register).names
    tested = [name.id for name in names[: fixed.keys]]
    later = len(names) - len(tested)
    made = compare(
        fixed, read_master(master), names, tested_at=_moment(tested_at), tested=tested, published=root
    )  # fmt: skip
    _show(made, as_json, commitment, more=f"Came later and not covered: {later:,}." if later else "")


@keys.command("open")
def open_key(
    register: AtRegister,
    commitment: AtCommitment,
    key: Annotated[str, typer.Argument(help="Id of the key, or how it begins.", metavar="KEY_ID")],
    master: FromMaster,
    out: Annotated[Path, typer.Option("--out", help="File to write: the proof. Shows whose key it is, not the key.")],
    as_json: AsJson = False,
) -> None:
    """Prove to a third party that one key was committed to, without showing the others."""
    from stillwatch.provenance.watermark.keys import open_key as prove
    from stillwatch.provenance.watermark.keys import read_commitment, read_master, read_register
    from stillwatch.provenance.watermark.keys.commitment import write_json

    made = prove(read_commitment(commitment), read_master(master), read_register(register).get(key).name)
    write_json(out, made)
    if as_json:
        print_json({"out": str(out), "key_id": made.name.id, "number": made.number, "root": made.root})
        return
    say(f"{out}: key {made.name.id}, number {made.number:,} of {made.keys:,}. It proves the key and does not hold it.")
    say(f"Others check it with: stillwatch watermark keys verify {out} --root {made.root}")


@keys.command()
def verify(
    opening: Annotated[Path, typer.Argument(help="File that `keys open` wrote.", metavar="OPENING")],
    root: Annotated[str, typer.Option(help="The root as it was published.")],
    tested_at: TestedAt = None,
    as_json: AsJson = False,
) -> None:
    """Check an opened key against the published root: needs no register and no master. Exit status 3 where it fails."""
    from stillwatch.provenance.watermark.keys import check_opening, read_opening

    at = None if tested_at is None else _moment(tested_at)
    _show(check_opening(read_opening(opening), published=root, tested_at=at), as_json, opening)


def _membership(path: Path) -> str:
    from stillwatch.provenance.watermark.tracing.cohorts import read_cohorts

    return read_cohorts(path).sha256


def _not_apart(master: Master, names: Sequence[KeyName]) -> list[tuple[str, str]]:
    """Ids of keys that mark alike, because an engine's scheme takes too little of them."""
    from stillwatch.provenance.watermark.keys import derive_all
    from stillwatch.provenance.watermark.schemes import scheme_named
    from stillwatch.provenance.watermark.schemes.isolation import meeting_keys

    found = []
    for scheme in dict.fromkeys(name.scheme for name in names):
        own = [name for name in names if name.scheme == scheme]
        met = meeting_keys(scheme_named(scheme), derive_all(master, own))
        found += [(own[i].id, own[j].id) for i, j, _ in met]
    return found


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadSettings("--tested-at: is no time. Write it as 2026-11-20T10:00:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _show(made: CommitmentCheck, as_json: bool, path: Path, *, more: str = "") -> None:
    if as_json:
        print_json({**plain(made), **({"more": more} if more else {})})
    elif made.holds:
        say(" ".join(filter(None, (f"Holds. {made.text}", more))))
        say(f"Root {made.root}, committed to at {made.committed_at}.")
    if not made.holds:
        raise BadInput(f"{path}: does not hold. {made.text}")
