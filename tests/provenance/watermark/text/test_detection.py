from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from stillwatch.errors import BadSettings, NothingToRead
from stillwatch.marks import MarkInquiry
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw
from stillwatch.provenance.watermark.text import Candidate, detect

Make = Callable[..., Any]
SCHEMES = [Gumbel(width=4), Kgw(width=2)]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: s.name)
def test_the_key_that_marked_is_found_among_many(scheme: Any, write: Make, bundle: Make, keys: Make) -> None:
    tried = keys(scheme, 200)
    case = detect(bundle(*(write(150, scheme, tried[9].key, seed=s) for s in range(3))), scheme, tried)
    assert case.verdict == "marked" and case.decoys.sound
    assert [one.key_id for one in case.keys if one.accused] == [tried[9].name.id]
    first = case.keys[0]
    assert (first.account, first.cohort, first.rank) == ("a9", "c", 1)
    assert first.log10_p is not None and first.log10_p_adjusted is not None
    assert first.log10_p < first.log10_p_adjusted < -6
    assert "account a9 of cohort c" in case.sentence and "family-wise error 1e-6 over 200 keys" in case.sentence
    assert case.tokens == 450 and len(case.keys) == 200 and case.weight == "equal"
    assert {rival.name for rival in case.rivals} >= {"chance", "spoofing", "leaked key"}


def test_a_cohorts_key_and_a_providers_are_found_too(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=1)
    tried = keys(scheme)
    for place, words in ((0, "the provider's own key"), (1, "cohort c")):
        assert words in detect(bundle(write(200, scheme, tried[place].key)), scheme, tried).sentence


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: s.name)
def test_plain_text_is_not_shown_to_be_marked(scheme: Any, write: Make, bundle: Make, keys: Make) -> None:
    case = detect(bundle(write(600, scheme)), scheme, keys(scheme), spans=True)
    assert case.verdict == "not shown" and not case.spans and not any(one.accused for one in case.keys)
    assert "means nothing" in case.sentence
    assert len(case.would_change) >= 3


def test_text_repeated_a_hundred_times_gains_nothing(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=2)
    text, tried = write(60, scheme, seed=4), keys(scheme)
    once, often = (detect(bundle(*[text] * n), scheme, tried) for n in (1, 100))
    assert once.pairs == often.pairs and often.tokens == 6000
    assert once.keys == often.keys


def test_a_diluted_mark_is_found_by_its_span(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Kgw(width=1)
    tried = keys(scheme)
    parts = [np.random.default_rng(2).integers(0, 5000, 8000), write(200, scheme, tried[5].key, seed=2)]
    documents = bundle(np.concatenate(parts))
    assert detect(documents, scheme, tried).verdict == "not shown"
    case = detect(documents, scheme, tried, spans=True)
    assert case.verdict == "marked" and not any(one.accused for one in case.keys)
    assert "as a whole shows no mark, but 1 stretch" in case.sentence
    (span,) = case.spans
    assert span.key_id == tried[5].name.id and 7900 < span.start < 8060 and span.log10_p_adjusted < -6


def test_looking_for_spans_is_paid_for(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=2)
    tried = keys(scheme)
    documents = bundle(write(100, scheme, tried[3].key))
    whole, both = detect(documents, scheme, tried), detect(documents, scheme, tried, spans=True)
    assert whole.keys[0].log10_p == both.keys[0].log10_p
    assert both.keys[0].log10_p_adjusted == pytest.approx(whole.keys[0].log10_p_adjusted + np.log10(2))  # type: ignore[operator]


def test_a_leaked_key_is_told_and_accuses_nobody(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=2)
    good = keys(scheme, 5)
    leaked = Candidate(good[3].name, good[3].key, counts=False, note="Leaked.")
    tried = [*good[:3], leaked, good[4]]
    case = detect(bundle(write(300, scheme, leaked.key)), scheme, tried, spans=True)
    assert case.verdict == "not shown" and not case.spans
    own = next(one for one in case.keys if one.key_id == leaked.name.id)
    assert own.log10_p is not None and own.log10_p < -20
    assert own.log10_p_adjusted is None and not own.accused and own.text == "Leaked."


@pytest.mark.parametrize("text", [[], [7], [1, 2]], ids=str)
def test_nothing_to_score_abstains(text: list[int], bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=4)
    case = detect(bundle(text), scheme, keys(scheme, 3), spans=True)
    assert case.verdict == "abstains" and case.pairs == 0
    assert all(one.log10_p is None and one.rank is None for one in case.keys)
    assert "No judgement" in case.sentence


def test_it_abstains_where_decoys_are_not_sound(write: Make, bundle: Make, keys: Make) -> None:
    class Careless(Kgw):
        """Counts a pair as often as it is written."""

        def pairs(self, texts: Any) -> Any:
            from stillwatch.provenance.watermark.pairs import distinct_pairs

            pairs = distinct_pairs(texts, self.width)
            return pairs.take(np.repeat(np.arange(len(pairs)), pairs.counts))

    scheme = Careless()
    case = detect(bundle(np.tile(np.arange(30), 40)), scheme, keys(scheme))
    assert case.verdict == "abstains" and "do not score as chance" in case.sentence


def test_too_short_a_text_is_said_to_be_too_short(bundle: Make, keys: Make) -> None:
    case = detect(bundle(np.arange(9)), Kgw(), keys(Kgw(), 10))
    assert case.would_change[0].startswith("At least 12 pairs: with 8")


def test_a_case_can_be_made_again_and_shows_no_key(write: Make, bundle: Make, keys: Make) -> None:
    scheme = Gumbel(width=2)
    tried, documents = keys(scheme, 10), bundle(write(80, scheme))
    one, again = (detect(documents, scheme, tried, seed=3) for _ in range(2))
    assert one == again and one.provenance["seed"] == "3"
    assert detect(documents, scheme, tried, seed=4).decoys != one.decoys
    raw = msgspec.json.encode(one)
    assert not any(key.key.hex().encode() in raw for key in tried)
    assert msgspec.json.decode(raw, type=MarkInquiry) == one


def test_progress_is_told_in_order(write: Make, bundle: Make, keys: Make) -> None:
    told: list[tuple[str, float]] = []
    detect(bundle(write(50, Gumbel())), Gumbel(), keys(Gumbel(), 3), spans=True, progress=lambda *a: told.append(a))
    shares = [share for _, share in told]
    assert shares == sorted(shares) and len(told) >= 5 and shares[0] >= 0 and shares[-1] <= 1


def test_what_cannot_be_tried_is_refused(bundle: Make, keys: Make) -> None:
    with pytest.raises(NothingToRead, match="no key of scheme"):
        detect(bundle([1, 2]), Gumbel(), [])
    with pytest.raises(BadSettings, match="between 0 and 1"):
        detect(bundle([1, 2]), Gumbel(), keys(Gumbel(), 2), level=1.0)
    with pytest.raises(BadSettings, match="at least 100"):
        detect(bundle([1, 2, 3]), Gumbel(), keys(Gumbel(), 2), decoys=10)
