"""A local Hugging Face causal language model as a predictor of next tokens. Nothing is downloaded and no code of the
model's folder is run: a suspect's files are hostile input, so only safetensors weights of known architectures load."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import BadInput, NothingToRead, StillwatchError
from stillwatch.provenance.watermark.radioactivity.windows import Batch

__all__ = ["LanguageModel", "read_language_model"]

_LONGEST = 1_000_000  # where a model does not say how many tokens it takes


class LanguageModel:
    """`model` is a `transformers` causal model. `begin` are token ids put before every window, such as a BOS."""

    reach = None

    def __init__(self, model: Any, *, begin: tuple[int, ...] = ()) -> None:
        self._model = model.eval()
        self._begin = begin
        self.vocabulary = int(model.config.get_text_config().vocab_size)
        told = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self.longest = max(2, int(told or _LONGEST) - len(begin))

    def probabilities(self, batch: Batch) -> NDArray[np.float32]:
        """float32[m, vocabulary]; one forward pass over the windows."""
        import torch

        inputs = np.concatenate([np.tile(np.array(self._begin, np.int64), (len(batch.inputs), 1)), batch.inputs], 1)
        # Padding stands on the right, and a causal model does not look there: no mask is needed.
        with torch.inference_mode():
            logits = self._model(input_ids=torch.from_numpy(inputs).to(self._model.device), use_cache=False).logits
            rows = torch.from_numpy(batch.rows).to(logits.device)
            columns = torch.from_numpy(batch.columns + len(self._begin)).to(logits.device)
            chosen = torch.softmax(logits[rows, columns].float(), -1).cpu()
        found: NDArray[np.float32] = chosen.numpy()
        if not np.isfinite(found).all():
            raise BadInput("a model answers with numbers that are none (NaN). Its weights are damaged, or too coarse.")
        return found


def read_language_model(folder: Path) -> LanguageModel:
    """The causal model in a local folder (config.json and safetensors). Raises NothingToRead, BadInput."""
    if not (folder / "config.json").is_file():
        raise NothingToRead(f"{folder}: no config.json there. Name the folder of a Hugging Face causal language model.")
    if not any(folder.glob("*.safetensors")):
        raise BadInput(f"{folder}: no safetensors weights. Other formats can run code when read: convert it first.")
    try:
        import torch
        from transformers import AutoModelForCausalLM
    except ImportError:
        raise StillwatchError("a local model needs PyTorch: pip install 'stillwatch[watermark]'.") from None
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with _quiet():
        try:
            model = AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True,
                dtype="auto" if device == "cuda" else torch.float32,
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
            raise BadInput(
                f"{folder}: cannot be read as a Hugging Face causal language model ({type(error).__name__}). "
                "Its architecture must be one that transformers knows itself."
            ) from None
        except Exception as error:  # safetensors raises its own, which derives from nothing better
            raise BadInput(f"{folder}: its weights cannot be read ({type(error).__name__}).") from None
    return LanguageModel(model.to(device), begin=_begin(folder))


def _begin(folder: Path) -> tuple[int, ...]:
    """What the model's own tokenizer puts before a text, as its training did: mostly nothing, or one BOS."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        return ()
    try:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(path))
        plain = tokenizer.encode("a", add_special_tokens=False).ids
        whole = tokenizer.encode("a", add_special_tokens=True).ids
    except ImportError:
        return ()
    except Exception as error:  # tokenizers raises bare Exception
        raise BadInput(f"{path}: cannot be read as a tokenizer ({type(error).__name__}).") from None
    length = next((i for i in range(len(whole)) if whole[i : i + len(plain)] == plain), 0)
    return tuple(whole[:length])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's own progress bars, which would write over ours."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
