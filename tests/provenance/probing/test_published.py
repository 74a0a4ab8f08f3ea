from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from stillwatch.errors import BadInput
from stillwatch.provenance.probing import published
from stillwatch.provenance.probing.composition import composed_published
from stillwatch.provenance.probing.grammar import load_written
from stillwatch.provenance.probing.questions import STRATA


def test_the_published_half_is_frozen() -> None:
    frozen = published.standard()
    assert frozen.sha256 == published.PUBLISHED_SHA256
    assert frozen.strata == STRATA
    assert {probe.half for probe in frozen.probes} == {"published"}


def test_it_is_what_the_public_key_draws_and_not_what_somebody_picked() -> None:
    assert composed_published() == published.standard().probes


def test_all_that_is_written_by_hand_is_in_it() -> None:
    written = {prompt for prompts in load_written().values() for prompt in prompts}
    assert written <= {probe.prompt for probe in published.standard().probes}


def test_the_short_set_has_something_of_every_stratum() -> None:
    short = published.short()
    assert len(short.probes) == 50
    assert short.strata == published.SHORT
    assert set(short.probes) <= set(published.standard().probes)
    assert Counter(probe.prompt_id for probe in short.probes).most_common(1)[0][1] == 1


def test_more_or_fewer_of_a_stratum() -> None:
    frozen = [probe for probe in published.standard().probes if probe.stratum == "errors"]
    assert list(published.published_of({"errors": 7})) == frozen[:7]
    more = published.published_of({"errors": 40})
    assert list(more[:25]) == frozen
    assert len({probe.prompt for probe in more}) == 40


def test_a_changed_list_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "published.jsonl").write_text("{}\n")
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)
    published.standard.cache_clear()
    try:
        with pytest.raises(BadInput, match="were changed"):
            published.standard()
    finally:
        published.standard.cache_clear()
