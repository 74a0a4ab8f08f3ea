from __future__ import annotations

import numpy as np
import pytest
import torch

from stillwatch.provenance.watermark.prf import halves
from stillwatch.provenance.watermark.samplers.engine_rows import Sampling, mark_rows
from stillwatch.provenance.watermark.samplers.marker import Marker
from stillwatch.provenance.watermark.samplers.policy import Policy
from stillwatch.provenance.watermark.schemes import Gumbel, Kgw, Scheme

KEY = torch.from_numpy(np.array([halves(bytes(range(32)))], np.uint64).view(np.int64))


def marked(scheme: Scheme, logits: torch.Tensor, rows: list[int], sampling: Sampling) -> torch.Tensor:
    made = logits.clone()
    count = len(rows)
    mark_rows(
        made, torch.tensor(rows), Marker(scheme, Policy(low_entropy=0.0)), KEY.repeat(count, 1),
        torch.arange(count), torch.ones(count, dtype=torch.bool), sampling,
    )  # fmt: skip
    return made


@pytest.mark.parametrize("scheme", [Kgw(), Gumbel()])
def test_other_rows_stay_to_the_bit(scheme: Scheme) -> None:
    logits = torch.randn(5, 200, generator=torch.Generator().manual_seed(1)).to(torch.bfloat16)
    made = marked(scheme, logits, [3, 1], Sampling(torch.tensor([1.0, 1.0])))
    assert [torch.equal(made[i], logits[i]) for i in range(5)] == [True, False, True, False, True]
    assert made.dtype == torch.bfloat16


def test_what_is_drawn_does_not_depend_on_who_heats_and_truncates() -> None:
    logits = torch.randn(4, 200, generator=torch.Generator().manual_seed(2)) * 3
    heat, k = torch.full((4,), 0.5), torch.full((4,), 9)
    ours = marked(Gumbel(), logits, [0, 1, 2, 3], Sampling(heat, top_k=k))
    edge = torch.topk(logits, 9, -1).values[:, -1:]
    theirs = marked(Gumbel(), (logits / 0.5).masked_fill(logits < edge, -torch.inf), [0, 1, 2, 3], Sampling(heat * 2))
    assert ours.argmax(-1).tolist() == theirs.argmax(-1).tolist()
    hot = marked(Gumbel(), logits, [0, 1, 2, 3], Sampling(heat * 40))
    assert hot.argmax(-1).tolist() != ours.argmax(-1).tolist()


def test_greedy_rows_draw_nothing_and_are_biased() -> None:
    logits, cold = torch.zeros(1, 200), Sampling(torch.tensor([0.0]))
    assert torch.equal(marked(Gumbel(), logits, [0], cold), logits)
    assert marked(Kgw(), logits, [0], cold).unique().tolist() == [0.0, 2.0]
