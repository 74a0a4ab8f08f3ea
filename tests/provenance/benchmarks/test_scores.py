from pathlib import Path

import numpy as np
import pytest

from stillwatch.errors import BadInput
from stillwatch.provenance.benchmarks import Scores, read_scores
from stillwatch.provenance.benchmarks.scores import CLIP, logit

HEAD = "model,family,provider,date,skill,benchmark,score,ceiling,standard_error,size\n"


def read(tmp_path: Path, *rows: str) -> Scores:
    path = tmp_path / "scores.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return read_scores(path)


def test_all_ways_to_write_a_score(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "m,F,P,2026-01-02,Coding,one,71.5,,2,7B",
        "n,F,P,2026-02-02,coding,one,12,,,7b",
        "m,F,P,2026-01-02,chat,two,0.5,,0.02,7B",
        "m,F,P,2026-01-02,maths,three,30,60,3,7B",
        "m,F,P,2026-01-02,maths,four,0.4 %,,,7B",
        "n,F,P,2026-02-02,maths,three,n/a,60,,7b",
        "n,F,P,2026-02-02,maths,four,-3,,,7b",
    )
    model = found.models[0]
    assert model.shares == pytest.approx({"one": 0.715, "two": 0.5, "three": 0.5, "four": 0.004})
    assert model.errors == pytest.approx({"one": 0.02, "two": 0.02, "three": 0.05})
    assert (model.family, model.unit, model.size) == ("f", "p", 7.0)
    assert found.skill_of == {"one": "coding", "two": "chat", "three": "maths", "four": "maths"}
    assert len(found.set_aside) == 2
    assert "'n/a'" in found.set_aside[0]


def test_a_score_that_stands_twice_is_averaged_and_said(tmp_path: Path) -> None:
    row = "m,F,,2026-01-02,coding,one,{},,,"
    found = read(tmp_path, row.format("n/a"), row.format("0.2"), row.format("0.4"))
    assert found.models[0].shares["one"] == pytest.approx(0.3)
    assert found.models[0].unit == "f"
    assert "more than once" in found.set_aside[0]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (("m,F,,,a,one,0.7,,,", "n,F,,,a,one,65,,,"), "line 2: benchmark 'one' has scores up to 1 and above 1"),
        (("m,F,,,a,one,1300,,,",), "above its ceiling"),
        (("m,F,,,a,one,30,20,,",), "above its ceiling"),
        (("m,F,,,a,one,30,zero,,",), "ceiling 'zero'"),
        (("m,F,,,a,one,0.3,,,", "m,F,,,b,one,0.3,,,"), "two skills"),
        (("m,F,,,a,one,0.3,,,", "m,G,,,a,two,0.3,,,"), "another family than in line 2"),
        (("m,F,,2026-01-02,a,one,0.3,,,", "m,F,,2026-01-03,a,two,0.3,,,"), "another date"),
        (("m,F,,January,a,one,0.3,,,",), "'January' is no day"),
        (("m,F,,,a,,0.3,,,",), "must all be filled in"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, rows: tuple[str, ...], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read(tmp_path, *rows)


def test_logits_end_where_a_benchmark_does() -> None:
    assert logit(0.5) == 0
    assert logit(np.array([0.0, 1.0])) == pytest.approx([np.log(CLIP / (1 - CLIP)), np.log((1 - CLIP) / CLIP)])
    assert np.isnan(logit(np.array([np.nan]))).all()
