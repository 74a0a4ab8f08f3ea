from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.probing.keys import REMOVED, Keys, key_variable
from stillwatch.provenance.probing.targets import Target, parse_target

SECRET = "sk/+=secret-0123456789"  # noqa: S105


def one(name: str = "a", url: str = "https://h.example", **more: str) -> Target:
    return parse_target(f"{name}={url}#m", **more)


def test_a_key_is_found_under_the_targets_name_and_sent_in_one_header() -> None:
    assert key_variable("gpt-4.1") == "STILLWATCH_KEY_GPT_4_1"
    keys = Keys([one()], {"STILLWATCH_KEY_A": f" {SECRET}\n"})
    assert keys.headers(one()) == {"authorization": f"Bearer {SECRET}"}
    assert Keys([one()], {}).headers(one()) == {}


def test_each_protocol_has_its_header_and_a_target_may_have_its_own() -> None:
    anthropic, own = one(url="anthropic+https://h.example"), one(key_header="api-key", key_env="MINE")
    assert Keys([anthropic], {"STILLWATCH_KEY_A": SECRET}).headers(anthropic) == {"x-api-key": SECRET}
    assert Keys([own], {"MINE": SECRET}).headers(own) == {"api-key": SECRET}


@pytest.mark.parametrize(
    ("targets", "environment", "match"),
    [
        ([one(key_env="MINE")], {}, "MINE is not set"),
        ([one()], {"STILLWATCH_KEY_A": SECRET + "\u0000"}, "characters that no key has"),
        ([one()], {"STILLWATCH_KEY_A": SECRET + "ü"}, "characters that no key has"),
        ([one(url="http://h.example")], {"STILLWATCH_KEY_A": SECRET}, "without TLS"),
        ([one("a-b"), one("a.b", "https://i.example")], {"STILLWATCH_KEY_A_B": SECRET}, "different hosts"),
    ],
)
def test_keys_that_are_not_sent(targets: list[Target], environment: dict[str, str], match: str) -> None:
    with pytest.raises(BadSettings, match=match) as refused:
        Keys(targets, environment)
    assert SECRET not in str(refused.value)


def test_a_key_may_be_shared_on_one_host_or_where_it_is_said() -> None:
    Keys([one("a-b"), one("a.b")], {"STILLWATCH_KEY_A_B": SECRET})
    Keys([one("a", key_env="K"), one("b", "https://i.example", key_env="K")], {"K": SECRET})


def test_nothing_shows_a_key() -> None:
    keys = Keys([one()], {"STILLWATCH_KEY_A": SECRET})
    assert SECRET not in f"{keys!r} {keys}"
    echo = {
        "plain": f"you sent {SECRET}!", "list": [quote(SECRET, safe=""), 3, None],
        SECRET: base64.b64encode(SECRET.encode()).decode().rstrip("="),
    }  # fmt: skip
    assert keys.scrub(echo) == {"plain": f"you sent {REMOVED}!", "list": [REMOVED, 3, None], REMOVED: REMOVED}


def test_what_is_no_secret_is_left_in_answers() -> None:
    assert Keys([one()], {"STILLWATCH_KEY_A": "EMPTY"}).scrub("The set is EMPTY.") == "The set is EMPTY."
    assert Keys([one()], {}).scrub("text") == "text"
