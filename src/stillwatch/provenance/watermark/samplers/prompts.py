"""Prompts to be answered under a mark: JSON lines with `prompt` or `prompt_tokens`, or text, one prompt a line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from stillwatch.errors import BadInput, NothingToRead

__all__ = ["Prompt", "read_prompts"]

Token = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 2)]


class Prompt(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`prompt_tokens` win over `prompt` where a row has both."""

    prompt: str | None = None
    prompt_tokens: list[Token] | None = None
    id: str | int | None = None
    account: str | None = None


def read_prompts(path: Path) -> list[Prompt]:
    """Raises BadInput naming the line, never its text."""
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except FileNotFoundError:
        raise NothingToRead(f"{path}: no such file.") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}).") from None
    decoder = msgspec.json.Decoder(Prompt)
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = decoder.decode(line) if path.suffix != ".txt" else Prompt(prompt=line.decode("utf-8").strip("\r"))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            why = str(error).rstrip(".") if isinstance(error, msgspec.MsgspecError) else "not UTF-8"
            raise BadInput(f"{path}, line {number:,}: {why}. One JSON object a line, with `prompt`.") from None
        if not one.prompt and not one.prompt_tokens:
            raise BadInput(f"{path}, line {number:,}: has neither `prompt` nor `prompt_tokens`.")
        found.append(one)
    if not found:
        raise NothingToRead(f"{path}: holds no prompt.")
    return found
