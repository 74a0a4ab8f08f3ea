"""Who made each model: family, provider and kind, as the user declares them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stillwatch.errors import BadInput
from stillwatch.provenance.rows import quoted, read_rows

__all__ = ["CONTROL_KINDS", "KINDS", "Lineage", "Standing", "read_lineage"]

# native: a provider's own model; human: tuned on what people wrote, or its provider reports no outside teacher.
CONTROL_KINDS = ("native", "human")
KINDS = (*CONTROL_KINDS, "student", "derived", "unknown", "")
NEEDED = ("model", "family", "provider", "kind")


@dataclass(frozen=True)
class Standing:
    """The models of a corpus, in its order: family, provider, whether each is a control, and whether it can be a rival:
    a provider's own model, or one that the case names as a possible teacher."""

    families: npt.NDArray[np.str_]
    providers: npt.NDArray[np.str_]
    control: npt.NDArray[np.bool_]
    rival: npt.NDArray[np.bool_]

    def innocent(self, suspect: int, teacher: int) -> npt.NDArray[np.bool_]:
        """(models): controls that are neither of the suspect's family nor of the teacher's provider."""
        strange = self.families != self.families[suspect]
        return np.asarray(self.control & strange & (self.providers != self.providers[teacher]), bool)


@dataclass(frozen=True)
class Lineage:
    """{(benchmark or "", model): (family, provider, kind)}. `declared` is False where nobody said what is what."""

    rows: dict[tuple[str, str], tuple[str, str, str]]
    declared: bool = True

    def standing(
        self, benchmark: str, models: Sequence[str], *, suspects: Collection[str] = (), teachers: Collection[str] = ()
    ) -> Standing:
        """A model that nobody declared is its own family and provider, and no control.

        Without any declaration every model but `suspects` is taken as a control: whoever put them beside the suspect
        vouches for them.
        """
        found = [self.rows.get((benchmark, m)) or self.rows.get(("", m)) for m in models]
        families = [row[0] or m if row else m for row, m in zip(found, models, strict=True)]
        providers = [row[1] or f"({m})" if row else f"({m})" for row, m in zip(found, models, strict=True)]
        kinds = [row[2] if row else ("" if self.declared else "native") for row in found]
        kinds = ["" if not self.declared and m in suspects else k for k, m in zip(kinds, models, strict=True)]
        kind = np.array(kinds)
        control = np.isin(kind, CONTROL_KINDS)
        rival = (kind == "native") | (control & np.isin(models, list(teachers)))
        return Standing(np.array(families), np.array(providers), control, rival)


def read_lineage(path: Path | None) -> Lineage:
    """Read MODELS: `model, family, provider, kind` and, where models differ by benchmark, `benchmark`. Other columns
    are not read, labels among them. Raises BadInput or NothingToRead, naming line and remedy."""
    if path is None:
        return Lineage({}, declared=False)
    rows: dict[tuple[str, str], tuple[str, str, str]] = {}
    for row in read_rows(path, dict.fromkeys(NEEDED, ()), {"benchmark": ()}):
        model, kind = row["model"], row["kind"].lower()
        if not model:
            raise BadInput(f"{row.place}: no model. Name it or leave the line out.")
        if kind not in KINDS:
            known = ", ".join(k for k in KINDS if k)
            raise BadInput(f"{row.place}: kind is none of {known}. Leave it empty where unknown.")
        said = (row["family"], row["provider"], kind)
        if rows.setdefault((row["benchmark"], model), said) != said:
            raise BadInput(f"{row.place}: {quoted(model)} stands there twice, with different words. Keep one.")
    return Lineage(rows)
