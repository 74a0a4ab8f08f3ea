from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.simulate.cover import end_users, ordinary, sent
from stillwatch.simulate.events import Events
from stillwatch.simulate.keys import mix
from stillwatch.simulate.roster import blank
from stillwatch.simulate.voices import mixture

Ask = Callable[[str], list[tuple[object, ...]]]
N = 4_000


@pytest.fixture
def events() -> Events:
    account = np.arange(N) % 3
    return Events(
        account=account, writer=account, time=np.arange(N), session=mix(np.arange(N)), turn=np.zeros(N, np.int64),
        pool=np.full(N, -1), status=np.full(N, 200), eager=np.zeros(N, np.bool_), key=mix(np.arange(N), 1),
    )  # fmt: skip


def test_cover_has_a_persons_voice_and_the_rest_is_untouched(events: Events) -> None:
    behaviour = blank(3)
    behaviour["cover"], behaviour["wrapper"], behaviour["mixture"] = [0.0, 0.5, 0.5], 7, mixture("hydra")
    behaviour["output"] = 1700.0
    rows, cover = sent(behaviour, events, np.array([5, 6])), ordinary(behaviour, events)
    assert not cover[events.writer == 0].any()
    assert cover[events.writer == 1].mean() == pytest.approx(0.5, abs=0.05)
    assert (rows[~cover] == behaviour[events.writer][~cover]).all()
    assert set(rows["wrapper"][cover]) == {-1}
    assert set(rows["parameters"][cover]) == {5, 6}
    assert set(rows["mixture"][cover]) <= {mixture("developer"), mixture("household")}
    assert rows["output"][cover].max() < 500
    # Two members are two people, each with one voice.
    assert [len(set(rows["person"][cover & (events.writer == one)])) for one in (1, 2)] == [1, 1]
    assert len(set(rows["person"][cover])) == 2
    assert set(behaviour["wrapper"]) == {7}


def test_guests_are_numbered_after_the_honest(events: Events) -> None:
    behaviour = blank(3)
    behaviour["end_users"], behaviour["guests"], behaviour["cover"] = [0, 30, 30], [0, 0, 5], [0.0, 0.0, 0.8]
    users, cover = end_users(behaviour, events), ordinary(behaviour, events)
    for account, harvest, expected in ((0, False, {0}), (1, False, set(range(30))), (2, False, set(range(30)))):
        mine = (events.account == account) & (cover if account == 2 else ~cover)
        assert set(users[mine]) == expected, harvest
    assert set(users[(events.account == 2) & ~cover]) == set(range(30, 35))


def test_members_in_cover_are_like_people(ask_hiding: Ask) -> None:
    ((bare, asked),) = ask_hiding(
        "SELECT count(*) FILTER (output_tokens < 600), count(*) FROM exchanges JOIN truth USING (account_id) "
        "WHERE campaign = 'cover-1' AND status = 200"
    )
    assert 0.4 < int(str(bare)) / int(str(asked)) < 0.8
