import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.timeline import fits

DAYS, WINDOW = 730, 60


def test_closeness_falls_in_a_straight_line_and_wraps() -> None:
    near = fits.closeness(np.array([100, 100, 400]), DAYS, WINDOW)
    assert near[99] == 1.0
    assert near[70] == pytest.approx(1 - 29 / 60)
    assert near[40] == pytest.approx(1 / 60)
    assert near[39] == 0.0
    assert near[100] == 0.0  # a release on the day itself does not come after it
    assert fits.closeness(np.array([5]), DAYS, WINDOW)[DAYS - 1] == pytest.approx(1 - 5 / 60)
    assert not fits.closeness(np.array([], dtype=np.int64), DAYS, WINDOW).any()


@given(
    st.lists(st.integers(0, DAYS - 1), min_size=1, max_size=8),
    st.lists(st.integers(0, DAYS - 1), min_size=1, max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_the_share_is_that_of_moving_all_campaigns_together(events: list[int], anchors: list[int]) -> None:
    near = fits.closeness(np.array(events), DAYS, WINDOW)
    found = fits.fit([near] * len(anchors), anchors)
    scores = [np.mean([near[(anchor + shift) % DAYS] for anchor in anchors]) for shift in range(DAYS)]
    assert found.score == pytest.approx(scores[0])
    assert found.hits == sum(score >= scores[0] - 1e-9 for score in scores)
    assert found.best <= found.share <= 1
    turned = fits.fit([np.roll(near, 7)] * len(anchors), [anchor + 7 for anchor in anchors])
    assert (turned.hits, turned.score) == (found.hits, pytest.approx(found.score))


def test_with_one_campaign_at_random_every_share_is_as_likely() -> None:
    near = fits.closeness(np.array([10, 200, 333, 600]), DAYS, WINDOW)
    shares = np.array([fits.fit([near], [anchor]).share for anchor in range(DAYS)])
    for level in (0.01, 0.05, 0.2):
        assert (shares <= level).mean() <= level


def test_peers_are_compared_by_their_own_shares() -> None:
    mine = fits.Fit(score=0.5, hits=10, shifts=100, best=0.01)
    peers = [fits.Fit(score=s, hits=h, shifts=100, best=0.01) for s, h in ((0.9, 60), (0.1, 10), (0.2, 2))]
    assert fits.compare(mine, peers) == 2


def test_a_season_is_noticed_and_chance_mostly_is_not() -> None:
    assert fits.season(np.array([30, 395, 760, 20, 400])) < 0.01
    rng = np.random.default_rng(1)
    found = np.array([fits.season(rng.choice(1095, 9)) for _ in range(400)])
    assert (found <= 0.05).mean() < 0.08


def test_power_falls_with_the_pace_of_the_suspect() -> None:
    rng = np.random.default_rng(0)
    anchors = [150, 400, 600]
    peers = []
    for _ in range(40):
        near = fits.closeness(rng.choice(DAYS, 6), DAYS, WINDOW)
        peers.append(fits.fit([near] * 3, anchors))
    slow, fast = (
        fits.power(
            np.linspace(0, DAYS - 1, n).astype(int), anchors, peers, days=DAYS, window=WINDOW, level=0.05, draws=60
        )
        for n in (5, 48)
    )
    assert slow > 0.3
    assert fast < 0.15
