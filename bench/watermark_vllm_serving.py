"""One vLLM engine serving one plan: `python bench/watermark_vllm_serving.py FOLDER`, a process of watermark_vllm.py.

FOLDER holds model/ and plan.json; served.json is written. Our package is loaded by vLLM alone, as in production. (vLLM
0.32's CPU backend does not start in a process that has llvmlite loaded already: its search for kernels to replace looks
into every loaded module and stumbles over llvmlite's library object.)
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any


def interpreted_triton() -> None:
    """Model runner V2 asks for a Triton with a CPU compiler; Triton's interpreter needs none. The one kernel that it
    cannot read, of top-k and top-p, is left to vLLM's torch code for the same."""
    os.environ.update(TRITON_INTERPRET="1", VLLM_USE_V2_MODEL_RUNNER="1")
    from triton.backends import backends

    driver = type("Driver", (), {"is_active": staticmethod(lambda: True)})
    backends["cpu"] = type("Interpreter", (), {"driver": driver, "compiler": None})
    importlib.import_module("vllm.v1.sample.ops.topk_topp_sampler").HAS_TRITON = False  # type: ignore[attr-defined]


def watch(processor: Any, happened: Counter[str]) -> None:
    """Counts what vLLM tells the processor; the processor itself is as it is."""
    name = "update_state" if hasattr(processor, "update_state") else "add_request"
    own = getattr(processor, name)

    def counted(self: Any, *given: Any) -> Any:
        if name == "add_request":
            happened.update(added=1)
        elif (update := given[0]) is not None:
            happened.update(added=len(update.added), removed=len(update.removed))
            happened.update(f"moved_{direction.name.lower()}" for _, _, direction in update.moved)
        return own(self, *given)

    setattr(processor, name, counted)


def serve(folder: Path) -> dict[str, Any]:
    """Requests come in at their step, some are taken back; what was written, and what happened to the batch."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    os.environ.update(VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_NO_USAGE_STATS="1", HF_HUB_OFFLINE="1")
    os.environ.update(VLLM_LOGGING_LEVEL="ERROR", VLLM_USE_V2_MODEL_RUNNER="0")
    if plan["v2"]:
        interpreted_triton()
    import vllm
    import vllm.exceptions

    llm = vllm.LLM(str(folder / "model"), **plan["options"])
    happened: Counter[str] = Counter()
    for path in plan["options"].get("logits_processors", ()):
        module, _, name = path.partition(":")
        watch(getattr(importlib.import_module(module), name), happened)
    engine, step, refused = llm.llm_engine, 0, ""
    waiting, written = dict(enumerate(plan["requests"])), dict[int, dict[str, Any]]()
    if plan["options"].get("logits_processors"):
        try:
            wrong = vllm.SamplingParams(extra_args={"stillwatch_key": "0" * 16})
            engine.add_request("wrong", {"prompt_token_ids": [1]}, wrong)
        except vllm.exceptions.VLLMValidationError as error:
            refused = f"{type(error).__name__}: {error}"
    while waiting or engine.has_unfinished_requests():
        for i in [i for i, one in waiting.items() if one["arrives"] <= step]:
            one = waiting.pop(i)
            asked = vllm.SamplingParams(
                max_tokens=one["length"], ignore_eos=True, logprobs=8, extra_args=one["extra"], **one["settings"]
            )
            engine.add_request(str(i), {"prompt_token_ids": one["prompt"]}, asked)
        engine.abort_request([str(i) for i, one in enumerate(plan["requests"]) if one["withdrawn"] == step])
        for output in engine.step():
            answer = output.outputs[0]
            chances = [{str(t): p.logprob for t, p in place.items()} for place in answer.logprobs or ()]
            written[int(output.request_id)] = {"tokens": list(answer.token_ids), "chances": chances}
        step += 1
    metrics = {metric.name: getattr(metric, "value", 0) for metric in llm.get_metrics()}
    worker = engine.model_executor.driver_worker
    runner = type(getattr(worker, "worker", worker).model_runner)
    return {
        "vllm": vllm.__version__,
        "runner": f"{runner.__module__}.{runner.__name__}",
        "asynchronous": bool(engine.vllm_config.scheduler_config.async_scheduling),
        "steps": step,
        "wrong_key": refused,
        "preempted": int(metrics.get("vllm:num_preemptions", 0)),
        "batch": dict(happened),
        "written": [written.get(i, {"tokens": [], "chances": []}) for i in range(len(plan["requests"]))],
    }


if __name__ == "__main__" and len(sys.argv) > 1:
    place = Path(sys.argv[1])
    (place / "served.json").write_text(json.dumps(serve(place)), encoding="utf-8")
