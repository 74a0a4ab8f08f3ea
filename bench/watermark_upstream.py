"""The watermark code of vLLM, SGLang and TextSeal themselves, loaded from unpacked wheels without their engines.

The wheels come from PyPI: `pip download --no-deps vllm==0.33.0 sglang==0.5.23 textseal==0.0.5`, then `unzip` each
into a folder PEERS/vllm, PEERS/sglang, PEERS/textseal (a few files are needed of each:
vllm/config/watermarking.py, vllm/v1/watermarking/, sglang/srt/sampling/watermarking/, textseal/common/watermark/).
None of it is in this repository.
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from typing import Any

VLLM, SGLANG, TEXTSEAL = "0.33.0", "0.5.23", "0.0.5"


class Upstream:
    """`vllm`, `sglang` (its `core` beside it) and `textseal`: modules, or None where the folder lacks them."""

    def __init__(self, peers: Path | None) -> None:
        self.vllm = _vllm(peers / "vllm") if peers and (peers / "vllm" / "vllm").is_dir() else None
        self.sglang = self.sglang_core = self.textseal = None
        if peers and (peers / "sglang" / "sglang").is_dir():
            _folder_package("peer_sglang", peers / "sglang" / "sglang" / "srt" / "sampling" / "watermarking")
            self.sglang = importlib.import_module("peer_sglang.detector")
            self.sglang_core = importlib.import_module("peer_sglang.core")
        if peers and (peers / "textseal" / "textseal").is_dir():
            _folder_package("peer_textseal", peers / "textseal" / "textseal" / "common" / "watermark")
            self.textseal = importlib.import_module("peer_textseal.core")


def _folder_package(name: str, folder: Path) -> types.ModuleType:
    """A package of that folder's files whose __init__ is not run."""
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    sys.modules[name] = module
    return module


def _vllm(root: Path) -> Any:
    """vllm.v1.watermarking with the rest of vLLM put out: settings as plain classes, no log, no GPU kernels."""

    class Silent:
        def __getattr__(self, _: str) -> Any:
            return lambda *_args, **_kwargs: None

    for name in ("vllm", "vllm.config", "vllm.v1", "vllm.v1.worker", "vllm.v1.worker.gpu", "vllm.v1.worker.gpu.sample"):
        _folder_package(name, root.joinpath(*name.split(".")))
    put_out: dict[str, dict[str, Any]] = {
        "vllm.config.utils": {"config": lambda settings: settings},
        "vllm.logger": {"init_logger": lambda _: Silent()},
        "vllm.v1.worker.gpu.sample.gumbel": {"gumbel_sample": None},
    }
    for name, members in put_out.items():
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__dict__.update(members)
    return importlib.import_module("vllm.v1.watermarking")
