from __future__ import annotations

import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.schemes.engine_keys import (
    RAW,
    engine_key,
    engine_setting,
    hashing_key,
    layer_keys,
    raw_key,
    with_second_key,
)

KEY = bytes(range(200, 232))


@pytest.mark.parametrize("scheme", ["vllm-gumbel", "vllm-dual-gumbel", "sglang-gumbel", "hf-kgw:vocabulary=99"])
def test_a_setting_given_back_is_the_key(scheme: str) -> None:
    setting = engine_setting(scheme, KEY)
    again = raw_key(scheme, str(setting))
    assert engine_setting(scheme, again) == setting
    assert len(again) == 32


def test_settings_are_what_the_engines_take() -> None:
    assert engine_setting("vllm-gumbel", KEY) == int.from_bytes(KEY[:8]) == engine_key(KEY)
    assert engine_setting("sglang-gumbel", KEY) == KEY[:8].hex()
    assert 0 < hashing_key(KEY) < 2**63
    layers = engine_setting("hf-synthid:depth=30", KEY)
    assert isinstance(layers, list)
    assert len(set(layers)) == 30
    assert all(0 <= layer < 2**63 for layer in layers)
    assert layers[:5] == layer_keys(KEY, 5)
    assert layer_keys(KEY[:-1] + b"\0", 30) != layers


def test_layer_keys_set_by_hand() -> None:
    raw = raw_key("hf-synthid", "[654, 400, -5]")
    assert raw.startswith(RAW)
    assert layer_keys(raw, 3) == [654, 400, -5]
    with pytest.raises(BadSettings, match="depth=30"):
        layer_keys(raw, 30)


def test_two_keys_of_sglang() -> None:
    both = raw_key("sglang-gumbel", "0xFF:1")
    assert (both[:8], both[8:16]) == ((255).to_bytes(8), (1).to_bytes(8))
    assert with_second_key(KEY, both) == KEY[:8] + both[:8] + bytes(16)


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        ("vllm-gumbel", "-1"),
        ("vllm-gumbel", str(2**64)),
        ("vllm-gumbel", "secret words"),
        ("sglang-gumbel", "0123456789abcdef0"),
        ("sglang-gumbel", "1:2:3"),
        ("hf-kgw", str(2**63)),
        ("hf-synthid", "1,two"),
        ("kgw", "1"),
    ],
)
def test_bad_keys_are_refused_and_not_repeated(scheme: str, text: str) -> None:
    with pytest.raises(BadSettings) as refused:
        raw_key(scheme, text)
    assert text not in str(refused.value) or len(text) < 3


def test_no_key_is_refused() -> None:
    with pytest.raises(BadSettings, match="hashing key is 0"):
        hashing_key(bytes(32))
    with pytest.raises(BadSettings, match="32 bytes"):
        engine_key(b"short")
    with pytest.raises(BadSettings, match="takes no engine"):
        raw_key("gumbel", "1")
    with pytest.raises(BadSettings, match="not an engine's scheme"):
        engine_setting("gumbel", KEY)
