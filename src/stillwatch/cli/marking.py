"""What several commands of `watermark` share: keys to try, the commitment they were fixed by, and showing a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.showing import existing, plain, print_json, say
from stillwatch.errors import BadInput, BadSettings, NothingToRead

if TYPE_CHECKING:
    from stillwatch.marks import CommitmentCheck, MarkInquiry
    from stillwatch.provenance.watermark.keys import Master, Register, Standing
    from stillwatch.provenance.watermark.schemes import Scheme
    from stillwatch.provenance.watermark.text import Candidate, Tokenizer

__all__ = [
    "CommitmentFile",
    "Decoys",
    "KeysFile",
    "Level",
    "MasterSource",
    "Out",
    "RegisterFile",
    "SchemeName",
    "TokenizerFile",
    "check_commitment",
    "chosen_keys",
    "chosen_standings",
    "read_tokenizer_file",
    "show_case",
    "the_scheme",
]

MasterSource = Annotated[
    str | None, typer.Option("--master", help="file:PATH, env:NAME or kms:package.module:function.", metavar="SOURCE")
]
RegisterFile = Annotated[
    Path | None, typer.Option("--register", help="Register of keys, as `watermark keys` keeps it.")
]
KeysFile = Annotated[
    Path | None, typer.Option("--keys", help="Try only the keys whose ids this file names, one a line.")
]
SchemeName = Annotated[
    str | None, typer.Option("--scheme", help="Such as kgw:gamma=0.25,width=1; needless where the register has one.")
]
TokenizerFile = Annotated[
    Path | None, typer.Option("--tokenizer", help="The provider's tokenizer.json; needed where texts are words.")
]
CommitmentFile = Annotated[
    Path | None, typer.Option("--commitment", help="Commitment that was published before the test: it is checked.")
]
Level = Annotated[float, typer.Option(help="Family-wise error over all that is tried.")]
Decoys = Annotated[int, typer.Option(help="Keys that marked nothing, to show that error rates hold; 100 at least.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for mark.json and report.html.")]


def the_scheme(named: str | None, register: Register | None, *, wording: bool = False) -> Scheme:
    """The scheme asked for, else the only one of the register's keys (of those in wording, if `wording`). Raises
    BadSettings where that is not one."""
    from stillwatch.provenance.watermark.schemes import scheme_named

    if named is not None:
        if wording and not named.startswith("wording"):
            raise BadSettings(f"--scheme {named}: is no scheme of --channel wording. Write wording:width=2.")
        return scheme_named(named)
    known = sorted({name.scheme for name in register.names}) if register is not None else []
    if wording:
        known = [name for name in known if name.startswith("wording:")]
    if len(known) != 1:
        what = f"the register has keys of {len(known)} schemes ({', '.join(known)})" if known else "no register says it"
        raise BadSettings(f"--scheme is missing: {what}. Each scheme is a test of its own.")
    return scheme_named(known[0])


def chosen_keys(register: Register, master: Master, scheme: Scheme, only: Path | None = None) -> list[Candidate]:
    """The register's keys of this scheme that can still be tested with, or those of them that `only` names."""
    from stillwatch.provenance.watermark.text import candidates

    return candidates(master, chosen_standings(register, scheme, only))


def chosen_standings(register: Register, scheme: Scheme, only: Path | None = None) -> tuple[Standing, ...]:
    """The same keys by name, for what needs no master."""
    standings = register.chosen(scheme=scheme.name)
    if only is not None:
        wanted = [register.get(one).name.id for one in _words(only)]
        standings = tuple(one for one in standings if one.name.id in set(wanted))
        if lost := sorted(set(wanted) - {one.name.id for one in standings}):
            raise BadSettings(f"{only}: {lost[0]} is destroyed, or is no key of {scheme.name}.")
    if not standings:
        known = sorted({name.scheme for name in register.names})
        raise NothingToRead(f"{register.path}: no key of {scheme.name} to try. It has {', '.join(known) or 'no key'}.")
    return standings


def check_commitment(
    path: Path | None,
    register: Register,
    master: Master,
    tested: Sequence[Candidate],
    *,
    scheme: Scheme,
    weight: str,
    level: float,
    files: dict[str, str] | None = None,
) -> CommitmentCheck | None:
    """Whether these keys, this scheme, weight and level are what was committed to; None where no commitment is given.
    `files` are {name: hash} of all that the test follows besides; None where the test looks at no such file. Canaries
    that were fixed with the keys are another test's."""
    if path is None:
        return None
    import msgspec

    from stillwatch.provenance.watermark.keys import check, read_commitment

    fixed = read_commitment(path)
    schemes = fixed.plan.schemes if scheme.name in fixed.plan.schemes else (scheme.name,)
    followed = msgspec.structs.replace(fixed.plan, schemes=schemes, weight=weight, level=level)
    if files is not None:
        others = {name: one for name, one in fixed.plan.files.items() if name == "canaries"}
        followed = msgspec.structs.replace(followed, files={**others, **files})
    return check(
        fixed, master, register.names, plan=followed, tested_at=datetime.now(UTC),
        tested={one.name.id for one in tested},
    )  # fmt: skip


def read_tokenizer_file(path: Path | None) -> Tokenizer | None:
    if path is None:
        return None
    from stillwatch.provenance.watermark.text import read_tokenizer

    return read_tokenizer(path)


def show_case(inquiry: MarkInquiry, out: Path | None, *, as_json: bool, **more: object) -> None:
    """Write mark.json and report.html into `out`, then print the case: as one JSON document, or for reading."""
    report = None
    if out is not None:
        from stillwatch.console.marks import write_mark_report

        report = write_mark_report(inquiry, out)
    if as_json:
        print_json({**plain(inquiry), **{name: plain(value) for name, value in more.items()}})
        return
    from stillwatch.console import terminal
    from stillwatch.console.mark_terminal import mark_summary

    terminal.console().print(mark_summary(inquiry, rows=10))
    if report is not None:
        say(f"Report: {report}")


def _words(path: Path) -> list[str]:
    existing([path])
    try:
        words = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"{path}: cannot be read as text. It names key ids, one a line.") from None
    if not words:
        raise NothingToRead(f"{path}: names no key.")
    return words
