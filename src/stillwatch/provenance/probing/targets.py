"""Targets: the models that are asked, from `NAME=URL#MODEL` flags or a TOML file. No key is ever part of one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec

from stillwatch.errors import BadInput, BadSettings, NothingToRead

__all__ = [
    "Decoding",
    "Price",
    "Protocol",
    "Target",
    "changed",
    "parse_price",
    "parse_questions",
    "parse_target",
    "read_targets",
    "target_of_identity",
]

Protocol = Literal["openai", "anthropic"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,99}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_SECRET_QUERY = re.compile(r"key|token|secret|sig|password|auth|code", re.IGNORECASE)
_ENDINGS: dict[str, Protocol] = {"/chat/completions": "openai", "/messages": "anthropic"}
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_RESERVED = {"model", "messages", "system", "temperature", "stream", "n", "max_tokens", "max_completion_tokens"}


class Decoding(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer is drawn. `temperature` None: not sent, so that the model answers as its provider serves it."""

    temperature: float | None = None
    max_tokens: int = 1024
    system: str | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """Dollars (or any one currency) per million tokens."""

    tokens_in: float
    tokens_out: float


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one address. `per_minute` and `tokens_per_minute` are limits that this client keeps by itself;
    `questions` is how many it is asked at most, None: all."""

    name: str
    url: str
    model: str
    protocol: Protocol = "openai"
    key_env: str | None = None
    key_header: str | None = None
    per_minute: float = 60.0
    tokens_per_minute: float | None = None
    concurrency: int = 4
    questions: int | None = None
    price: Price | None = None
    decoding: Decoding = Decoding()
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    extra: dict[str, Any] = {}

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def open_to_listeners(self) -> bool:
        """Whether a key sent there could be read on the way."""
        return urlsplit(self.url).scheme != "https" and self.host not in _LOCAL

    @property
    def identity(self) -> str:
        """What must not change while answers are collected under this name."""
        told = (self.url, self.model, self.protocol, self.decoding, self.max_tokens_name, self.extra)
        return msgspec.json.encode(told, order="deterministic").decode()


def target_of_identity(name: str, identity: str) -> Target:
    """The target that `identity` was taken of, without its limits, price and key. Raises msgspec.DecodeError."""
    url, model, protocol, decoding, max_tokens_name, extra = msgspec.json.decode(
        identity,
        type=tuple[str, str, Protocol, Decoding, Literal["max_tokens", "max_completion_tokens"], dict[str, Any]],
    )
    return Target(
        name=name, url=url, model=model, protocol=protocol, decoding=decoding, max_tokens_name=max_tokens_name,
        extra=extra,
    )  # fmt: skip


def parse_target(text: str, **settings: Any) -> Target:
    """A `NAME=URL#MODEL`; `settings` are the other fields of a Target. Raises BadSettings without repeating the URL."""
    name, equals, rest = text.partition("=")
    url, mark, model = rest.partition("#")
    if not (_NAME.fullmatch(name) and equals and mark and model.strip()):
        shown = name if equals and _NAME.fullmatch(name) else "…"
        raise BadSettings(f"--target {shown}: write NAME=URL#MODEL, for instance gpt=https://api.example.com/v1#gpt-x.")
    address, protocol = _address(name, url)
    return Target(name=name, url=address, model=model, protocol=protocol, **settings)


def _address(name: str, url: str) -> tuple[str, Protocol]:
    wanted: Protocol = "openai"
    if url.startswith("anthropic+"):
        url, wanted = url.removeprefix("anthropic+"), "anthropic"
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and url.isprintable()
    except ValueError:
        known = None
    if not known or " " in url:
        raise BadSettings(f"target {name}: the URL must begin with https://, http:// or anthropic+https://.")
    if parts.username or parts.password or any(_SECRET_QUERY.search(key) for key, _ in parse_qsl(parts.query)):
        raise BadSettings(f"target {name}: no key or password belongs in a URL. Use --key-env {name}=VARIABLE.")
    path = parts.path.rstrip("/")
    for ending, protocol in _ENDINGS.items():
        if path.endswith(ending):
            return urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), protocol
    ending = next(ending for ending, protocol in _ENDINGS.items() if protocol == wanted)
    return urlunsplit((parts.scheme, parts.netloc, (path or "/v1") + ending, parts.query, "")), wanted


def parse_price(text: str) -> tuple[str, Price]:
    """A `NAME=IN,OUT` per million tokens."""
    name, _, amounts = text.partition("=")
    try:
        tokens_in, tokens_out = (float(amount) for amount in amounts.split(","))
        if not (0 <= tokens_in < float("inf") and 0 <= tokens_out < float("inf")):
            raise ValueError
    except ValueError:
        raise BadSettings(f"--price {name[:100]}: write NAME=IN,OUT per million tokens, as in gpt=2.5,10.") from None
    return name, Price(tokens_in=tokens_in, tokens_out=tokens_out)


def parse_questions(text: str) -> tuple[str, int]:
    """A `NAME=N`."""
    name, _, number = text.partition("=")
    if not (number.isascii() and number.isdigit()):
        raise BadSettings(f"--questions {name[:100]}: write NAME=N, as in suspect=50.")
    return name, int(number[:10])


class _Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A `[[target]]` of the file; what it leaves out comes from the flags."""

    name: str
    url: str
    model: str
    key_env: str | None = None
    key_header: str | None = None
    per_minute: float | None = None
    tokens_per_minute: float | None = None
    concurrency: int | None = None
    questions: int | None = None
    price: tuple[float, float] | None = None
    temperature: float | Literal["default"] | None = None
    max_tokens: int | None = None
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    system: str | None = None
    extra: dict[str, Any] = {}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    target: list[_Entry]


def read_targets(path: Path, **settings: Any) -> list[Target]:
    """Targets of a TOML file of `[[target]]` tables; `settings` are the flags, which each table may override."""
    if not path.is_file():
        raise NothingToRead(f"{path}: no such file of targets.")
    try:
        entries = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).target
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise BadInput(f"{path}: not TOML in UTF-8.") from None
    except msgspec.ValidationError as error:
        # msgspec tells the place and the types, never the value: a key that was put there by mistake stays unseen.
        raise BadInput(f"{path}: {error}. Keys of models belong in the environment; see docs/probing.md.") from None
    return [_target(path, entry, settings) for entry in entries]


def _target(path: Path, entry: _Entry, settings: Mapping[str, Any]) -> Target:
    if taken := sorted(_RESERVED & set(entry.extra)):
        raise BadInput(f"{path}: target {entry.name[:100]}: `extra` must not set {taken[0]}.")
    given: dict[str, Any] = dict(settings)
    for name in ("key_env", "key_header", "per_minute", "tokens_per_minute", "concurrency", "questions"):
        if getattr(entry, name) is not None:
            given[name] = getattr(entry, name)
    if entry.price is not None:
        given["price"] = parse_price(f"{entry.name}={entry.price[0]},{entry.price[1]}")[1]
    decoding: Decoding = given.get("decoding", Decoding())
    given["decoding"] = Decoding(
        temperature=decoding.temperature if entry.temperature is None
        else None if entry.temperature == "default" else entry.temperature,
        max_tokens=decoding.max_tokens if entry.max_tokens is None else entry.max_tokens,
        system=decoding.system if entry.system is None else entry.system,
    )  # fmt: skip
    given |= {"max_tokens_name": entry.max_tokens_name, "extra": entry.extra}
    return parse_target(f"{entry.name}={entry.url}#{entry.model}", **given)


def changed(
    targets: Iterable[Target], *, prices: Mapping[str, Price], key_envs: Mapping[str, str], questions: Mapping[str, int]
) -> list[Target]:
    """The targets with the flags that name one of them. Raises BadSettings for a name twice or unknown, and limits
    that make no sense."""
    made = [
        msgspec.structs.replace(
            target,
            price=prices.get(target.name, target.price),
            key_env=key_envs.get(target.name, target.key_env),
            questions=questions.get(target.name, target.questions),
        )
        for target in targets
    ]
    names = [target.name for target in made]
    if not names:
        raise BadSettings("no target. Name at least one: --target NAME=URL#MODEL, or --targets FILE.")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadSettings(f"target {twice} is named twice. Each answer is kept under its name, so names differ.")
    if stray := sorted({*prices, *key_envs, *questions} - set(names)):
        raise BadSettings(f"--price, --key-env or --questions {stray[0][:100]}: no target of that name.")
    for target in made:
        limits = [target.per_minute, target.concurrency, target.tokens_per_minute or 1, target.decoding.max_tokens]
        limits += [] if target.questions is None else [target.questions]
        if not all(0 < limit < 10**9 for limit in limits):
            raise BadSettings(f"target {target.name}: limits, questions and max tokens must be above 0.")
        if target.key_header is not None and not _HEADER.fullmatch(target.key_header):
            raise BadSettings(f"target {target.name}: key_header must be the name of a header, such as api-key.")
        if target.decoding.temperature is not None and not 0 <= target.decoding.temperature <= 2:
            raise BadSettings(f"target {target.name}: the temperature must be from 0 to 2.")
    return made
