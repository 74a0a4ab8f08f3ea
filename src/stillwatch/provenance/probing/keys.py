"""API keys: read from the environment, sent in one header, taken out of whatever a server echoes, shown nowhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from stillwatch.errors import BadSettings
from stillwatch.provenance.probing.targets import Target

__all__ = ["REMOVED", "Keys", "key_variable"]

REMOVED = "[key removed]"
_SHORTEST = 8  # shorter ones ("none", "EMPTY") are no secrets, and taking them out would damage answers


def key_variable(name: str) -> str:
    """The variable that holds the key of a target unless another is named: `STILLWATCH_KEY_` and its name."""
    return "STILLWATCH_KEY_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


class Keys:
    """Keys of all targets of a run. Has no representation that shows one."""

    def __init__(self, targets: Iterable[Target], environment: Mapping[str, str]):
        self._keys: dict[str, str] = {}
        hosts: dict[str, tuple[str, str]] = {}
        for target in targets:
            variable = target.key_env or key_variable(target.name)
            key = environment.get(variable, "").strip()
            if not key:
                if target.key_env:
                    raise BadSettings(f"target {target.name}: {variable} is not set. Set it, or leave out --key-env.")
                continue
            if not key.isascii() or not key.isprintable():
                raise BadSettings(f"{variable}: holds characters that no key has. Set it again.")
            if target.open_to_listeners:
                raise BadSettings(f"target {target.name}: no key is sent without TLS. Use https, or unset {variable}.")
            first, host = hosts.setdefault(variable, (target.name, target.host))
            if not target.key_env and host != target.host:
                raise BadSettings(
                    f"targets {first} and {target.name} would send the key in {variable} to different hosts. "
                    f"Name the key of each: --key-env {target.name}=VARIABLE."
                )
            self._keys[target.name] = key
        forms = {form for key in self._keys.values() if len(key) >= _SHORTEST for form in _forms(key)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._echo = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __repr__(self) -> str:
        return f"Keys({len(self._keys)} targets)"

    def headers(self, target: Target) -> dict[str, str]:
        """The header that carries the target's key, and that alone; none for a target without a key."""
        key = self._keys.get(target.name)
        if key is None:
            return {}
        if target.key_header:
            return {target.key_header: key}
        return {"x-api-key": key} if target.protocol == "anthropic" else {"authorization": f"Bearer {key}"}

    def scrub(self, value: Any) -> Any:
        """The same text, list or dict without any key in it, as it stands or percent-encoded or in Base64."""
        if isinstance(value, str):
            return self._echo.sub(REMOVED, value) if self._echo else value
        if isinstance(value, dict):
            return {self.scrub(name): self.scrub(inner) for name, inner in value.items()}
        return [self.scrub(inner) for inner in value] if isinstance(value, list) else value


def _forms(key: str) -> set[str]:
    return {key, quote(key, safe=""), base64.b64encode(key.encode()).decode().rstrip("=")}
