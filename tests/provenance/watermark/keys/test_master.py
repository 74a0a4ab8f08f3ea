from __future__ import annotations

import base64
import copy
import hashlib
import json
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys import Master, new_master, read_master

Shown = Callable[[bytes, str], bool]
Secret = Callable[[int], bytes]

WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "hex": lambda s: s.hex().encode() + b"\n",
    "HEX": lambda s: b" " + s.hex().upper().encode() + b"\r\n",
    "base64": lambda s: base64.b64encode(s) + b"\n",
    "url": lambda s: base64.urlsafe_b64encode(s).rstrip(b"="),
}

MASTERS = st.integers(0, 2**64).map(lambda seed: hashlib.sha512(b"%d" % seed).digest())


def keep(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return f"file:{path}"


@pytest.mark.parametrize("writing", WRITINGS)
def test_every_writing_of_a_master_is_the_same(tmp_path: Path, secret: Secret, writing: str) -> None:
    read = read_master(keep(tmp_path / "m", WRITINGS[writing](secret(3))))
    assert read.derive(b"info", b"salt", 40) == Master(secret(3)).derive(b"info", b"salt", 40)


def test_a_variable_holds_one(monkeypatch: pytest.MonkeyPatch, secret: Secret) -> None:
    monkeypatch.setenv("MASTER_OF_TESTS", secret(1).hex())
    assert read_master("env:MASTER_OF_TESTS").derive(b"i", b"s") == Master(secret(1)).derive(b"i", b"s")
    monkeypatch.delenv("MASTER_OF_TESTS")
    with pytest.raises(BadSettings, match="MASTER_OF_TESTS is not set"):
        read_master("env:MASTER_OF_TESTS")


def test_a_new_one_is_the_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "m"
    new_master(path)
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600 and len(bytes.fromhex(before.decode())) == 32
    with pytest.raises(BadSettings, match="exists and is left as it is"):
        new_master(path)
    assert path.read_bytes() == before
    read_master(f"file:{path}")
    with pytest.raises(BadSettings, match="cannot be written"):
        new_master(tmp_path / "no folder" / "m")


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620])
def test_a_file_that_others_may_read_or_change_is_refused(tmp_path: Path, secret: Secret, mode: int) -> None:
    with pytest.raises(BadSettings, match="chmod 600"):
        read_master(keep(tmp_path / "m", secret(0), mode))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds 0 bytes"), (b"\x80" + bytes(range(20)), "holds 21 bytes"), (b"ab" * 31, "holds 31 bytes"),
        (b"a" * 65, "neither hexadecimal"), (b"correct horse battery staple and more words", "passphrase"),
        (bytes(32), "repeat"), (b"00" * 32, "repeat"), (b"\xff\x00" * 4000, "more than"),
    ],
)  # fmt: skip
def test_what_is_no_master(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(BadSettings, match=why) as error:
        read_master(keep(tmp_path / "m", content))
    assert str(tmp_path / "m") in str(error.value)


@given(MASTERS)
@settings(max_examples=10, deadline=None)
def test_a_secret_in_place_of_its_whereabouts_is_not_repeated(shown: Shown, content: bytes) -> None:
    written = [content.hex(), "a" + content.hex()[1:], content[:32].hex(), base64.b64encode(content).decode()]
    for text in (*written, base64.urlsafe_b64encode(content).decode().rstrip("="), content.decode("latin-1")):
        for source in (text, f"file:{text}", f"file:./{text}", f"env:{text}", f"kms:{text}", f"kms:{text}:{text}"):
            try:
                read_master(source)
            except BadSettings as error:
                assert not shown(content, "".join(traceback.format_exception(error)))
            else:
                raise AssertionError("this is no whereabouts")


def test_an_honest_name_is_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"no folder/master\.key: cannot be read"):
        read_master(f"file:{tmp_path}/no folder/master.key")


@given(MASTERS)
@settings(max_examples=10, deadline=None)
def test_nothing_shows_a_master(shown: Shown, content: bytes) -> None:
    master = Master(content)
    told = [repr(master), str(master), f"{master}", f"{[master]!r}", json.dumps(master, default=str)]
    told.append(msgspec.json.encode({"m": master}, enc_hook=str).decode())
    told += [repr(getattr(master, part, None)) for part in dir(master)]
    for store in (pickle.dumps, copy.copy, copy.deepcopy, vars):
        with pytest.raises(TypeError) as error:
            store(master)  # type: ignore[operator]
        told.append("".join(traceback.format_exception(error.value)))
    for wrong in (content[:31], content[:8] * 9):
        with pytest.raises(BadSettings) as refused:
            Master(wrong)
        told.append("".join(traceback.format_exception(refused.value)))
    assert not any(shown(content, text) for text in told)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: Secret) -> Iterator[str]:
    """A key service's plug-in, as an operator would write one."""
    (tmp_path / "house_keys.py").write_text(
        "from cryptography.hazmat.primitives.hashes import SHA256\n"
        "from cryptography.hazmat.primitives.kdf.hkdf import HKDF\n"
        f"SECRET = bytes.fromhex('{secret(5).hex()}')\n"
        "class Vault:\n"
        "    def derive(self, info, salt, length):\n"
        "        return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(SECRET)\n"
        "class Short:\n"
        "    def derive(self, info, salt, length):\n"
        "        return SECRET[:8]\n"
        "class Broken:\n"
        "    def derive(self, info, salt, length):\n"
        "        raise RuntimeError('vault said ' + SECRET.hex())\n"
        "def raw(): return SECRET\n"
        "def vault(): return Vault()\n"
        "def short(): return Short()\n"
        "def broken(): return Broken()\n"
        "def fails(): raise RuntimeError('token ' + SECRET.hex())\n"
        "def nothing(): return None\n"
        "value = 3\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "kms:house_keys"
    sys.modules.pop("house_keys", None)


def test_a_key_service_gives_the_master_or_keeps_it(service: str, secret: Secret) -> None:
    expected = Master(secret(5)).derive(b"info", b"salt")
    assert read_master(f"{service}:raw").derive(b"info", b"salt") == expected
    assert read_master(f"{service}:vault").derive(b"info", b"salt") == expected


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("short", "did not return 32 bytes"),
        ("broken", "RuntimeError"),
        ("fails", "RuntimeError"),
        ("nothing", "neither"),
        ("value", "no such function"),
        ("absent", "no such function"),
    ],
)
def test_what_a_key_service_does_wrong(service: str, secret: Secret, shown: Shown, function: str, why: str) -> None:
    with pytest.raises(BadSettings, match=why) as error:
        read_master(f"{service}:{function}").derive(b"info", b"salt")
    assert not shown(secret(5), "".join(traceback.format_exception(error.value)))


def test_a_module_that_is_not_there() -> None:
    with pytest.raises(BadSettings, match="does not load"):
        read_master("kms:no_such_module_here:get")
