"""knowlyr-modelaudit on texts: reads {"answers": {model: [text]}, "pairs": [[suspect, teacher]]}, writes similarities.

    PYTHON bench/provenance_peer.py TEXTS.json SIMILARITIES.json

Run by bench/provenance.py, with a Python that has knowlyr-modelaudit 0.4.1 and need not have Stillwatch. Its own
functions are used as they are; only asking the models is replaced by texts that are there.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

PROBES = 8
SOME = 200


def main() -> None:
    if len(sys.argv) != 3:
        print("bench/provenance.py runs this: TEXTS.json SIMILARITIES.json")
        return
    from modelaudit.methods.dli import DLIFingerprinter, _extract_behavior_signature
    from modelaudit.methods.llmmap import (
        LLMmapFingerprinter,
        _compute_fingerprint_vector,
        _cosine_similarity,
        _extract_response_features,
    )
    from modelaudit.methods.style import compute_style_fingerprint
    from modelaudit.models import Fingerprint

    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answers, pairs = given["answers"], given["pairs"]

    def printed(method: str, data: dict[str, dict]) -> dict[str, Fingerprint]:
        return {
            model: Fingerprint(model_id=model, method=method, fingerprint_type="blackbox", data=one)
            for model, one in data.items()
        }

    prints = {}
    for name, most in (("its count", PROBES), ("some", SOME), ("all", None)):
        prints["dli", name] = printed(
            "dli", {m: {"signature": _extract_behavior_signature(texts[:most])} for m, texts in answers.items()}
        )
        prints["llmmap", name] = printed(
            "llmmap",
            {
                m: {"vector": _compute_fingerprint_vector([_extract_response_features(t) for t in texts[:most]])}
                for m, texts in answers.items()
            },
        )
    found = {}
    for (method, name), each in prints.items():
        judge = DLIFingerprinter() if method == "dli" else LLMmapFingerprinter()
        results = [judge.compare(each[teacher], each[suspect]) for suspect, teacher in pairs]
        found[f"{method}, {name}"] = {
            "similarity": [one.similarity for one in results],
            "accused": [bool(one.is_derived) for one in results],
            "threshold": results[0].threshold,
        }
    style = {model: compute_style_fingerprint(texts) for model, texts in answers.items()}
    found["style, all"] = {"similarity": [_cosine_similarity(style[t], style[s]) for s, t in pairs]}
    made = {"version": version("knowlyr-modelaudit"), "probes": PROBES, "some": SOME, "methods": found}
    Path(sys.argv[2]).write_text(json.dumps(made), encoding="utf-8")


if __name__ == "__main__":
    main()
