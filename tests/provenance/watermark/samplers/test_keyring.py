from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.keys.name import KeyName
from stillwatch.provenance.watermark.keys.register import add_keys, change_state
from stillwatch.provenance.watermark.prf import halves
from stillwatch.provenance.watermark.samplers.keyring import Keyring

from .conftest import Serving

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GREEN = "kgw:gamma=0.25,width=1"


def test_a_request_names_a_key_and_gets_it(serving: Callable[..., Serving]) -> None:
    made = serving("kgw", "gumbel")
    name = made.names[GREEN]
    mark = made.ring.mark({"stillwatch_key": name.id, "else": 1})
    assert mark is not None
    assert tuple(mark.key.tolist()) == tuple(int(half) for half in halves(made.key(GREEN)))
    assert mark.metadata.key_id == name.id
    assert made.ring.mark({"stillwatch_key": name.id}) is mark
    strong = made.ring.mark({"stillwatch_key": name.id, "stillwatch_delta": 4})
    assert strong is not None
    assert strong.marker.policy.delta == 4.0
    assert made.ring.mark(None) is None
    assert made.ring.mark({"stillwatch_delta": 4}) is None
    assert made.ring.kinds() == {"kgw", "gumbel"}


def test_nothing_shows_a_key(serving: Callable[..., Serving]) -> None:
    made = serving("kgw")
    mark = made.ring.mark({"stillwatch_key": made.names[GREEN].id})
    assert mark is not None
    for half in mark.key.tolist():
        assert str(half) not in repr(mark) + repr(made.ring) + repr(vars(made.ring))


def test_the_register_is_read_again_when_it_changes(serving: Callable[..., Serving]) -> None:
    made = serving("kgw")
    name = made.names[GREEN]
    late = KeyName(provider="us", scheme="gumbel:width=1", epoch="2026-12")
    with pytest.raises(BadSettings, match="no key of this id"):
        made.ring.mark({"stillwatch_key": late.id})
    add_keys(made.register, [late], NOW)
    assert made.ring.mark({"stillwatch_key": late.id}) is not None
    change_state(made.register, [name.id], "retired", NOW)
    with pytest.raises(BadSettings, match="retired"):
        made.ring.mark({"stillwatch_key": name.id})


def test_the_environment_says_where_keys_are(serving: Callable[..., Serving], monkeypatch: pytest.MonkeyPatch) -> None:
    made = serving("gumbel")
    monkeypatch.setenv("STILLWATCH_MARK_POLICY", "low_entropy=0.5,top=64")
    policy = Keyring.from_environment().policy
    assert (policy.low_entropy, policy.top) == (0.5, 64)
    monkeypatch.delenv("STILLWATCH_MARK_MASTER")
    with pytest.raises(BadSettings, match="STILLWATCH_MARK_MASTER"):
        Keyring.from_environment()
    assert Keyring(made.register).checked({"stillwatch_key": made.names["gumbel:width=1"].id}) is not None


@pytest.mark.parametrize("delta", ["4", True, -1, 99, float("nan"), [2]])
def test_a_strength_that_makes_no_sense_is_refused(serving: Callable[..., Serving], delta: object) -> None:
    made = serving("kgw")
    with pytest.raises(BadSettings):
        made.ring.mark({"stillwatch_key": made.names[GREEN].id, "stillwatch_delta": delta})
