"""The master secret, from a file, the environment or a key service. It is held, used and never shown."""

from __future__ import annotations

import base64
import binascii
import importlib
import os
import re
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from stillwatch.errors import BadSettings

__all__ = ["LEAST_BYTES", "Master", "new_master", "read_master"]

LEAST_BYTES = 32
_MOST_BYTES = 4096
_SOURCES = "Write file:PATH, env:NAME or kms:package.module:function."
_MAKE = "Make one with: stillwatch watermark keys new FILE."

Derive = Callable[[bytes, bytes, int], bytes]
"""(info, salt, length) to that many bytes."""


class Master:
    """Derives bytes and shows nothing: not in its repr, not in a copy, not in an error.

    `Master(secret)` derives by HKDF-SHA256 here. `Master.kept(derive)` asks a key service, whose secret stays there.
    """

    __slots__ = ("_derive",)

    def __init__(self, secret: bytes) -> None:
        _check_secret(secret, "the master")
        kept = bytes(secret)

        def derive(info: bytes, salt: bytes, length: int) -> bytes:
            return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(kept)

        self._derive: Derive = derive

    @classmethod
    def kept(cls, derive: Derive) -> Master:
        made = cls.__new__(cls)
        made._derive = derive
        return made

    def derive(self, info: bytes, salt: bytes, length: int = 32) -> bytes:
        """`length` bytes for this use (`info`) in this epoch (`salt`)."""
        try:
            made = self._derive(info, salt, length)
        except Exception as error:
            # What a key service says in its error may hold what it must keep.
            raise BadSettings(
                f"the master could not derive a key ({type(error).__name__}). Look at the key service's own log."
            ) from None
        if not isinstance(made, bytes) or len(made) != length:
            raise BadSettings(f"the key service did not return {length} bytes. derive(info, salt, length) must.")
        return made

    def __repr__(self) -> str:
        return "Master(...)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a master is not copied or stored")


def new_master(path: Path) -> None:
    """Write 32 fresh random bytes, in hexadecimal, that only the owner may read. Never overwrites."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadSettings(
            f"{path}: exists and is left as it is: a lost master takes all of its keys with it. Name a new file."
        ) from None
    except OSError as error:
        raise BadSettings(f"{path}: cannot be written ({error.strerror}). Name another file.") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        os.fchmod(handle, 0o600)
        file.write(secrets.token_hex(LEAST_BYTES) + "\n")
        file.flush()
        os.fsync(handle)


def read_master(source: str) -> Master:
    """The master of "file:PATH", "env:NAME" or "kms:package.module:function".

    Files and variables hold at least 32 random bytes in hexadecimal or base64; files may hold them raw. The function of
    a key service takes no argument and returns such bytes, or an object with `derive(info, salt, length)`, where the
    master never leaves its service. Raises BadSettings, which never repeats what could be the secret itself.
    """
    kind, _, rest = source.partition(":")
    if kind == "file" and rest:
        return Master(_from_file(Path(rest)))
    if kind == "env" and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", rest):
        text = os.environ.get(rest)
        if not text:
            shown = _unless_secret(rest)
            raise BadSettings(
                f"environment variable {shown} is not set. Put the master there, as hexadecimal or base64."
            )
        secret = _from_text(text)
        if secret is None:
            raise BadSettings(f"environment variable {rest}: is neither hexadecimal nor base64. {_MAKE}")
        _check_secret(secret, f"environment variable {rest}")
        return Master(secret)
    if kind == "kms" and re.fullmatch(r"[A-Za-z_][\w.]{0,199}:[A-Za-z_]\w{0,99}", rest):
        return _from_service(*rest.split(":"))
    raise BadSettings(f"where the master is kept cannot be read. {_SOURCES}")


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no such file"
        raise BadSettings(f"{_unless_secret(str(path))}: cannot be read ({why}). {_MAKE}") from None
    if stat.S_ISREG(mode) and mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise BadSettings(f"{path}: others may read or change it. Run: chmod 600 {path}; think about a new master.")
    if len(content) > _MOST_BYTES:
        raise BadSettings(f"{path}: holds more than {_MOST_BYTES:,} bytes, which is no master. {_MAKE}")
    secret = content
    if all(byte in b"\t\n\r" or 0x20 <= byte < 0x7F for byte in content):
        # 32 random bytes are printable once in 10^14 files: this is text, and a passphrase is not a master.
        decoded = _from_text(content.decode("ascii"))
        if decoded is None:
            raise BadSettings(f"{path}: is text, neither hexadecimal nor base64; a passphrase is too weak. {_MAKE}")
        secret = decoded
    _check_secret(secret, str(path))
    return secret


def _unless_secret(name: str) -> str:
    """A name that leads nowhere, unless it may be the secret itself, put there by mistake: 32 bytes are 43 letters or
    more, and over half of them capitals and digits, which no path has."""
    runs = re.findall(r"[A-Za-z0-9+/_=-]{43,}", name)
    secret = any(len(re.findall(r"[A-Z0-9]", run)) > len(run) / 4 for run in runs)
    return "(not shown)" if secret or not name.isprintable() else name


def _from_text(text: str) -> bytes | None:
    word = text.strip()
    if re.fullmatch(r"[0-9a-fA-F]+", word):
        return bytes.fromhex(word) if len(word) % 2 == 0 else None
    try:
        return base64.b64decode(word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _check_secret(secret: bytes, place: str) -> None:
    if len(secret) < LEAST_BYTES:
        raise BadSettings(f"{place}: holds {len(secret)} bytes; a master has at least {LEAST_BYTES}. {_MAKE}")
    if len(secret) > _MOST_BYTES:
        raise BadSettings(f"{place}: holds more than {_MOST_BYTES:,} bytes, which is no master. {_MAKE}")
    if len(set(secret)) < 16:
        raise BadSettings(f"{place}: its bytes repeat, so they are not random. {_MAKE}")


def _from_service(module: str, name: str) -> Master:
    place = f"kms:{_unless_secret(module)}:{_unless_secret(name)}"
    try:
        function = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        raise BadSettings(f"{place}: the module does not load ({type(error).__name__}). Is it on PYTHONPATH?") from None
    if not callable(function):
        raise BadSettings(f"{place}: the module has no such function. {_SOURCES}")
    try:
        given = function()
    except Exception as error:
        raise BadSettings(f"{place}: failed ({type(error).__name__}). Look at the key service's own log.") from None
    if isinstance(given, bytes | bytearray):
        _check_secret(bytes(given), place)
        return Master(bytes(given))
    derive = getattr(given, "derive", None)
    if not callable(derive):
        raise BadSettings(f"{place}: returned neither bytes nor an object with derive(info, salt, length).")
    return Master.kept(derive)
