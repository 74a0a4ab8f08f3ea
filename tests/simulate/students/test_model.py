from __future__ import annotations

import torch

from stillwatch.simulate.students.model import WINDOW, Size, small_model

SMALL = Size(width=16, layers=1, heads=2)


def test_the_weights_are_drawn_from_the_seed_alone() -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = small_model(300, 7, SMALL)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    second, other = small_model(300, 7, SMALL), small_model(300, 8, SMALL)
    pairs = list(zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


def test_it_is_as_small_as_is_said() -> None:
    model = small_model(2048, 1)
    assert 300_000 < sum(one.numel() for one in model.parameters()) < 500_000
    assert model.config.vocab_size == 2048
    assert model.config.max_position_embeddings == WINDOW
    assert model.config.eos_token_id == 0
