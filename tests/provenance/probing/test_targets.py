from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.errors import BadInput, BadSettings, NothingToRead
from stillwatch.provenance.probing.targets import (
    Decoding,
    Price,
    Target,
    changed,
    parse_price,
    parse_questions,
    parse_target,
    read_targets,
)


@pytest.mark.parametrize(
    ("text", "url", "protocol"),
    [
        ("a=https://h.example#m", "https://h.example/v1/chat/completions", "openai"),
        ("a=https://h.example/#m", "https://h.example/v1/chat/completions", "openai"),
        ("a=https://h.example/api/v1/#m", "https://h.example/api/v1/chat/completions", "openai"),
        ("a=https://h.example/v1/chat/completions#m", "https://h.example/v1/chat/completions", "openai"),
        ("a=https://h.example/v1/messages#m", "https://h.example/v1/messages", "anthropic"),
        ("a=anthropic+https://h.example#m", "https://h.example/v1/messages", "anthropic"),
        ("a=http://[::1]:8000/v1#m", "http://[::1]:8000/v1/chat/completions", "openai"),
        (
            "a=https://h.example/d/chat/completions?api-version=2026-01-01#m",
            "https://h.example/d/chat/completions?api-version=2026-01-01",
            "openai",
        ),
    ],
)
def test_addresses(text: str, url: str, protocol: str) -> None:
    target = parse_target(text)
    assert (target.name, target.url, target.protocol, target.model) == ("a", url, protocol, "m")


def test_a_models_name_may_hold_slashes_colons_and_marks() -> None:
    assert parse_target("a=https://h.example#org/model:free#2").model == "org/model:free#2"


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a=https://h.example", "=https://h.example#m", "a=#m", "a=https://h.example#", "a=ftp://h.example#m",
        "a=https://#m", "a b=https://h.example#m", "a=https://h.example:99999#m", "a=https://h.exa mple#m",
        "a=h.example#m", "a=https://[::1#m", "a=https://h.example\n#m",
    ],
)  # fmt: skip
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(BadSettings):
        parse_target(text)


@pytest.mark.parametrize(
    "url", ["https://user:hunter2@h.example", "https://h.example/v1?api_key=hunter2", "https://h.example?token=hunter2"]
)
def test_a_key_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadSettings, match="--key-env a=") as refused:
        parse_target(f"a={url}#m")
    assert "hunter2" not in str(refused.value)


def test_whether_a_key_could_be_read_on_the_way() -> None:
    urls = ["https://h.example", "http://127.0.0.1:80", "http://localhost", "http://h.example"]
    assert [parse_target(f"a={url}#m").open_to_listeners for url in urls] == [False, False, False, True]


def test_the_identity_is_what_answers_depend_on() -> None:
    one = parse_target("a=https://h.example#m")
    same = parse_target(
        "a=https://h.example/v1#m", per_minute=9.0, concurrency=1, price=Price(tokens_in=1, tokens_out=1)
    )
    assert one.identity == same.identity
    others = [
        parse_target("a=https://h.example#n"), parse_target("a=https://i.example#m"),
        parse_target("a=https://h.example#m", decoding=Decoding(temperature=0.0)),
        parse_target("a=https://h.example#m", decoding=Decoding(system="Be brief.")),
        parse_target("a=https://h.example#m", extra={"top_p": 0.5}),
    ]  # fmt: skip
    assert len({one.identity, *(other.identity for other in others)}) == 6


def test_prices() -> None:
    assert parse_price("a=2.5,10") == ("a", Price(tokens_in=2.5, tokens_out=10))
    for text in ("a", "a=1", "a=1,2,3", "a=x,1", "a=-1,1", "a=nan,1", "a=1,inf"):
        with pytest.raises(BadSettings, match="--price a"):
            parse_price(text)


FILE = """
[[target]]
name = "suspect"
url = "https://h.example/v1"
model = "m"
price = [1, 2.5]
temperature = 0.2
max_tokens_name = "max_completion_tokens"
extra = { top_p = 0.9 }
[[target]]
name = "teacher"
url = "anthropic+https://i.example"
model = "c"
temperature = "default"
per_minute = 12
"""


def test_a_file_of_targets_overrides_the_flags(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(FILE)
    decoding = Decoding(temperature=1.0, max_tokens=99, system="s")
    suspect, teacher = read_targets(path, decoding=decoding, per_minute=60.0)
    assert suspect.decoding == Decoding(temperature=0.2, max_tokens=99, system="s")
    assert (suspect.price, suspect.per_minute) == (Price(tokens_in=1, tokens_out=2.5), 60.0)
    assert suspect.extra == {"top_p": 0.9}
    assert (teacher.protocol, teacher.decoding.temperature, teacher.per_minute) == ("anthropic", None, 12.0)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("not toml", "not TOML"),
        ("target = 3", "Expected"),
        ('[[target]]\nname = "a"', "url"),
        ('[[target]]\nname = "a"\nurl = "https://h.example"\nmodel = "m"\napi_key = "hunter2"', "api_key"),
        ('[[target]]\nname = "a"\nurl = "https://h.example"\nmodel = "m"\nextra = { stream = true }', "stream"),
    ],
)
def test_files_that_are_no_targets(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=match) as refused:
        read_targets(path)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(NothingToRead):
        read_targets(tmp_path / "none.toml")


def test_flags_that_name_a_target() -> None:
    one, other = (parse_target(f"{name}=https://h.example#m") for name in "ab")
    prices = {"b": Price(tokens_in=1, tokens_out=2)}
    made = changed([one, other], prices=prices, key_envs={"a": "MY_KEY"}, questions={"b": 50})
    assert [target.key_env for target in made] == ["MY_KEY", None]
    assert [target.price is None for target in made] == [True, False]
    assert [target.questions for target in made] == [None, 50]
    assert made[1].identity == other.identity, "answers that are kept stay good when more or fewer are asked for"


@pytest.mark.parametrize("text", ["a", "a=", "a=-1", "a=1.5", "a=x", "=", "a=²"])
def test_what_is_no_number_of_questions(text: str) -> None:
    with pytest.raises(BadSettings, match="--questions"):
        parse_questions(text)


@pytest.mark.parametrize(
    ("targets", "prices", "match"),
    [
        ([], {}, "no target"),
        ([Target(name="a", url="u", model="m")] * 2, {}, "named twice"),
        ([Target(name="a", url="u", model="m")], {"z": Price(tokens_in=1, tokens_out=1)}, "no target of that name"),
        ([Target(name="a", url="u", model="m", per_minute=0)], {}, "above 0"),
        ([Target(name="a", url="u", model="m", decoding=Decoding(max_tokens=0))], {}, "above 0"),
        ([Target(name="a", url="u", model="m", questions=0)], {}, "above 0"),
        ([Target(name="a", url="u", model="m", decoding=Decoding(temperature=3))], {}, "temperature"),
        ([Target(name="a", url="u", model="m", key_header="x: y\r\n")], {}, "key_header"),
    ],
)
def test_targets_that_make_no_sense(targets: list[Target], prices: dict[str, Price], match: str) -> None:
    with pytest.raises(BadSettings, match=match):
        changed(targets, prices=prices, key_envs={}, questions={})
