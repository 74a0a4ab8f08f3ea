"""An embedding model in place of the content sketch: any callable from texts to vectors, found by entry point.

A package offers one so, in its own pyproject.toml, and nothing of it is imported before it is asked for:

    [project.entry-points."stillwatch.embeddings"]
    my-model = "my_package:embed"       # embed(texts: Sequence[str]) -> array of floats (len(texts), k)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points

import numpy as np
import numpy.typing as npt

from stillwatch.errors import BadSettings
from stillwatch.signals.windows.prompts import Prompts

__all__ = ["GROUP", "Embedder", "Embedding", "embedding"]

GROUP = "stillwatch.embeddings"
AXES = 24  # main axes that are kept: the test looks at each of them and at all together

Embedding = Callable[[Sequence[str]], npt.NDArray[np.floating]]


def embedding(name: str) -> Embedding:
    """The installed embedding of this name. Raises BadSettings where there is none, and names those that there are."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise BadSettings(f"no embedding {name!r} is installed (there are: {known}); install a package that offers it.")
    model = found[name].load()
    if not callable(model):
        raise BadSettings(f"the embedding {name!r} is no callable; ask its package's maker.")
    return model  # type: ignore[no-any-return]


class Embedder:
    """Texts to `Prompts` by an embedding, turned to the main axes of a sample of honest texts.

    The sample must not be part of the reference, nor of a window: axes fitted on the reference suit it better than any
    other honest text, which then looks foreign.
    """

    def __init__(self, model: Embedding, sample: Sequence[str]):
        self._model = model
        vectors = self._vectors(sample)
        self._mean = vectors.mean(axis=0)
        _, _, axes = np.linalg.svd(vectors - self._mean, full_matrices=False)
        self._axes = axes[:AXES]

    def __call__(self, texts: Sequence[str]) -> Prompts:
        """The prompts, for `WindowTest` or `TenantTest`; no ids, the vectors' main parts are the numbers."""
        return Prompts.from_vectors((self._vectors(texts) - self._mean) @ self._axes.T)

    def _vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        vectors = np.asarray(self._model(texts), np.float64)
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise BadSettings(
                f"the embedding gave an array of shape {vectors.shape} for {len(texts)} texts; "
                "it must give one row of finite numbers for each."
            )
        return vectors
