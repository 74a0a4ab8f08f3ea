"""What is known of the suspect: answers in a file, an address that can be asked, or the model itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stillwatch.errors import BadSettings, NothingToRead
from stillwatch.provenance.watermark.pairs import Texts
from stillwatch.provenance.watermark.radioactivity.asking import Asking, is_address, sample_answers
from stillwatch.provenance.watermark.radioactivity.language_model import read_language_model
from stillwatch.provenance.watermark.radioactivity.reference import answers_hash, is_model, model_hash, read_answers
from stillwatch.provenance.watermark.radioactivity.vocabulary import Vocabulary
from stillwatch.provenance.watermark.radioactivity.windows import Predictor

__all__ = ["Suspect", "read_suspect"]


@dataclass(frozen=True)
class Suspect:
    """Closed: `texts` are its answers. Open: `model` is the suspect and `texts` are what both models are read over.
    `name` has no more of an address than host and model. `files`: (path, SHA-256), `left_out`: (reason, documents)."""

    name: str
    access: Literal["closed", "open"]
    texts: Texts
    sha256: str
    model: Predictor | None = None
    files: tuple[tuple[str, str], ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    retokenised: bool = False

    @property
    def largest_token(self) -> int:
        return int(self.texts.tokens.max())


def read_suspect(
    source: str, vocabulary: Vocabulary | None, *, contexts: Path | None = None, asking: Asking | None = None,
    folder: Path | None = None, tokens: int | None = None, progress: Callable[[str, float], None] | None = None,
) -> Suspect:  # fmt: skip
    """`source`: a file of answers, URL#MODEL (then `asking` and `folder`), or a model's folder (then `contexts`).
    `tokens`: read about so many, whole documents, from the beginning."""
    if is_address(source):
        if asking is None or folder is None:
            raise BadSettings("a suspect at an address needs --prompts FILE, what it is asked, and --out DIR.")
        _only_open(contexts)
        sampled = sample_answers(source, asking, folder, progress=progress)
        return _closed(sampled.path, vocabulary, tokens, name=_shown(source), missing=sampled.missing)
    path = Path(source)
    if not path.exists():
        raise NothingToRead(f"{path}: no such file or folder. Give answers, a model's folder, or URL#MODEL.")
    if not is_model(path):
        _only_open(contexts)
        return _closed(path, vocabulary, tokens, name=str(path))
    if contexts is None:
        raise BadSettings(
            f"{path}: is a model, which is read over texts. Name them with --contexts: best the answers that the "
            "accounts are known to have got, else any text of that kind."
        )
    if vocabulary is not None:
        vocabulary.check_model(path)
    read = read_answers(contexts, vocabulary, what="--contexts")
    texts = read.texts if tokens is None else read.texts.first(tokens)
    return Suspect(
        str(path), "open", texts, model_hash(path), model=read_language_model(path), files=read.files,
        left_out=read.left_out,
    )  # fmt: skip


def _closed(
    path: Path, vocabulary: Vocabulary | None, tokens: int | None, *, name: str, missing: int = 0
) -> Suspect:  # fmt: skip
    read = read_answers(path, vocabulary, what="a suspect")
    texts = read.texts if tokens is None else read.texts.first(tokens)
    return Suspect(
        name, "closed", texts, answers_hash(read), files=read.files,
        left_out=(*read.left_out, *([("question without an answer", missing)] if missing else [])),
        retokenised=any(text is not None for text in read.written),
    )  # fmt: skip


def _only_open(contexts: Path | None) -> None:
    if contexts is not None:
        raise BadSettings("--contexts is for a suspect that is a model's folder; answers are read as they are.")


def _shown(source: str) -> str:
    url, _, model = source.partition("#")
    return f"{model} at {url.partition('://')[2].partition('/')[0].rpartition('@')[2]}"
