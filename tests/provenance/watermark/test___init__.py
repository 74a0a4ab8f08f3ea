from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from stillwatch.provenance import watermark

PAGE = Path(__file__).parents[3] / "docs" / "watermark.md"


def test_every_name_is_there_and_no_other() -> None:
    assert all(callable(getattr(watermark, name)) for name in watermark.__all__)
    assert watermark.study_model is not watermark.study_trace
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        _ = watermark.absent


def test_keys_load_neither_tests_nor_torch() -> None:
    show = (
        "import sys; from stillwatch.provenance.watermark import KeyName; early = set(sys.modules); "
        "from stillwatch.provenance.watermark import *; "
        "sys.exit('scipy' in early or 'numba' in early or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", show], check=False).returncode == 0  # noqa: S603


def test_the_example_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [code] = re.findall(r"## From Python\n\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    watermark.new_master(Path("master.key"))
    name = watermark.KeyName(provider="us", scheme="kgw:gamma=0.25,width=1", epoch="2026-11")
    watermark.add_keys(Path("register.jsonl"), [name], datetime(2026, 11, 1, tzinfo=UTC))
    for seed, file in enumerate(("answers.jsonl", "unmarked.jsonl")):
        rows = np.random.default_rng(seed).zipf(1.5, (60, 40)) % 50
        Path(file).write_text("".join(f'{{"tokens": {row}}}\n' for row in rows.tolist()))
    exec(code, {})  # noqa: S102
    assert capsys.readouterr().out.startswith("not shown\nNo mark is shown in answers.jsonl")
    assert Path("case/report.html").is_file()
