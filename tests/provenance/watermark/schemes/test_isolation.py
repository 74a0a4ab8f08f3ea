from __future__ import annotations

import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.schemes import Scheme, pairs_of, scheme_named
from stillwatch.provenance.watermark.schemes.engine_keys import raw_key
from stillwatch.provenance.watermark.schemes.isolation import meeting_keys, require_isolated, strangers

NAMES = ["gumbel", "hf-kgw:vocabulary=500", "kgw", "sglang-gumbel", "vllm-dual-gumbel", "vllm-gumbel"]


@pytest.mark.parametrize("name", [*NAMES, "hf-kgw:vocabulary=500,seeding=selfhash"])
def test_random_keys_mark_apart_and_equal_ones_do_not(name: str) -> None:
    keys = [np.random.default_rng(seed).bytes(32) for seed in range(12)]
    require_isolated(scheme_named(name), keys)
    assert meeting_keys(scheme_named(name), [*keys, keys[4]]) == [(4, 12, 1.0)]


def same_marks(scheme: Scheme, keys: list[bytes]) -> bool:
    pairs = pairs_of(scheme, Texts.of([np.arange(1, 400)]))
    values = [scheme.values(pairs, key) for key in keys]
    return bool((values[0] == values[1]).all())


def test_sglang_keys_that_meet_in_32_bits_are_found() -> None:
    # Made by undoing the second mix: both leave the same 32 bits behind.
    keys = [raw_key("sglang-gumbel", "0000000100000002"), raw_key("sglang-gumbel", "605153b700000003")]
    scheme = scheme_named("sglang-gumbel")
    assert same_marks(scheme, keys)
    assert meeting_keys(scheme, keys) == [(0, 1, 1.0)]


@pytest.mark.parametrize(("other", "share"), [(15485863 * 2, 0.5), (15485863 + 2**31, 0.5), (15485863 + 2**32, 1.0)])
def test_hugging_face_keys_that_share_lists_are_found(other: int, share: float) -> None:
    scheme = scheme_named("hf-kgw:vocabulary=500")
    keys = [raw_key("hf-kgw", "15485863"), raw_key("hf-kgw", str(other))]
    [(i, j, found)] = meeting_keys(scheme, keys)
    assert (i, j) == (0, 1)
    assert found == pytest.approx(share, abs=0.01)
    with pytest.raises(BadSettings, match="a1 and b2 share"):
        require_isolated(scheme, keys, ["a1", "b2"])


def test_synthid_keys_that_share_a_layer_are_refused() -> None:
    scheme = scheme_named("hf-synthid:depth=3")
    keys = [raw_key("hf-synthid", text) for text in ("1,2,3", "4,5,6", f"9,{4 + 65536},8")]
    assert meeting_keys(scheme, keys) == [(1, 2, 1 / 3)]
    with pytest.raises(BadSettings, match="one key a cohort"):
        require_isolated(scheme, keys)
    require_isolated(scheme, keys[:2])
    assert meeting_keys(scheme, []) == []


def test_thirty_layers_leave_no_room_for_accounts() -> None:
    keys = [np.random.default_rng(seed).bytes(32) for seed in range(60)]
    met = meeting_keys(scheme_named("hf-synthid"), keys)
    assert 8 <= len(met) <= 45  # of 1,770 pairs, 1.4 % expected: 24


@pytest.mark.parametrize("name", [*NAMES, "hf-synthid:depth=3"])
def test_strangers_are_those_that_share_nothing(name: str) -> None:
    keys = [np.random.default_rng(seed).bytes(32) for seed in range(40)]
    scheme = scheme_named(name)
    assert strangers(scheme, keys[:20], keys[20:]).all() == (not meeting_keys(scheme, keys))
    assert strangers(scheme, keys[:20], [keys[30], keys[4]]).tolist() == [True, False]
    assert strangers(scheme, [], keys[:2]).tolist() == [True, True]
    assert strangers(scheme, keys, []).tolist() == []


def test_strangers_share_no_layer() -> None:
    scheme = scheme_named("hf-synthid")
    keys = [np.random.default_rng(seed).bytes(32) for seed in range(300)]
    met = {j for i, j, _ in meeting_keys(scheme, keys) if i == 0}
    assert met
    alone = strangers(scheme, keys[:1], keys[1:])
    assert (np.flatnonzero(~alone) + 1).tolist() == sorted(met)
