import datetime
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from stillwatch.errors import BadSettings
from stillwatch.provenance.timeline import Design, Release, Window, study

Make = Callable[..., Any]
THREE = (200, 500, 800)
RECORD = Design(first_day=datetime.date(2023, 1, 1), last_day=datetime.date(2025, 12, 30))


def test_a_release_right_after_every_campaign_fits(peers: Make, released: Make, ended: Make) -> None:
    found = study("gull-2", ended(*THREE), peers(24) + released("gull", (50, 203, 330, 504, 802, 1000)), design=RECORD)
    assert found.verdict == "fits"
    assert found.p_value is not None
    assert found.p_value == max(found.shift_hits / found.shifts, found.peer_share)  # type: ignore[operator, type-var]
    assert found.p_value >= found.floor >= 1 / (1 + found.peers)  # type: ignore[operator]
    assert [c.days_from_end for c in found.campaigns] == [3, 4, 2]
    assert [c.days_from_start for c in found.campaigns] == [46, 47, 45]
    assert found.provider == "gull"
    assert "An innocent release would fit as well in" in found.sentence
    assert "do not show" in found.sentence
    assert not any("odds" in text or "guilty with" in text for text in (found.sentence, *found.limits))


def test_a_release_before_the_campaign_does_not_fit(peers: Make, released: Make, ended: Make) -> None:
    found = study("gull", ended(*THREE), peers(24) + released("gull", (50, 198, 330, 498, 798, 1000)), design=RECORD)
    assert found.verdict == "inconclusive"
    assert found.closeness == 0.0
    assert found.p_value == 1.0


def test_counted_from_the_start_the_lags_are_longer(peers: Make, released: Make, ended: Make) -> None:
    releases = peers(24) + released("gull", (50, 203, 330, 504, 802, 1000))
    late = Design(anchor="start", first_day=RECORD.first_day, last_day=RECORD.last_day)
    from_start = study("gull", ended(*THREE), releases, design=late, draws=0)
    from_end = study("gull", ended(*THREE), releases, design=RECORD, draws=0)
    assert from_start.closeness < from_end.closeness  # type: ignore[operator]


def test_a_monthly_releaser_is_told_that_dates_say_nothing(peers: Make, released: Make, ended: Make) -> None:
    found = study("gull", ended(*THREE), peers(30) + released("gull", range(3, 1095, 30)), design=RECORD)
    assert found.verdict == "inconclusive"
    assert found.power is not None
    assert found.power < 0.2
    assert "told apart in" in found.sentence


@pytest.mark.parametrize("pace", [5, 15])
def test_a_common_season_does_not_fool_it(pace: int, released: Make, ended: Make) -> None:
    """Everyone releases in one season, right after campaigns end: shifts alone are fooled, the headline is not."""
    rng = np.random.default_rng(5)
    days = np.arange(1095)
    alone, headline, histories = 0, 0, 120
    for _ in range(histories):
        phase = rng.uniform(0, 365)
        crowd = np.exp(3 * np.cos(2 * np.pi * (days - phase) / 365))
        ends = rng.choice(np.arange(60, 1030), 3, p=(late := np.roll(crowd, -40)[60:1030]) / late.sum())
        releases = []
        for number in range(25):
            count = (pace if not number else 5) * 3
            releases += released(f"p{number}", set(rng.choice(days, count, p=crowd / crowd.sum()).tolist()))
        found = study("p0", ended(*{int(end) for end in ends}), releases, design=RECORD, draws=0)
        if found.p_value is not None:
            alone += found.shift_hits / found.shifts <= 0.05  # type: ignore[operator]
            headline += found.p_value <= 0.05
    assert alone > 10
    assert headline <= 9  # the 95 % point of 120 tosses at 0.05 is 10


def test_few_peers_are_refused_and_named(peers: Make, released: Make, ended: Make) -> None:
    found = study("gull", ended(*THREE), peers(8) + released("gull", (203, 504, 802)), design=RECORD)
    assert [pace.provider for pace in found.providers if not pace.counted] == ["peer 3"]  # silent for half the time
    assert (found.verdict, found.p_value, found.peers) == ("cannot judge", None, 7)
    assert found.missing == ("Peers: 7 other providers with a usable history, 8 are needed.",)
    assert "cannot judge" in found.sentence.lower()


def test_with_few_peers_the_floor_is_said(peers: Make, released: Make, ended: Make) -> None:
    found = study("gull", ended(*THREE), peers(9) + released("gull", (50, 203, 330, 504, 802, 1000)), design=RECORD)
    assert found.verdict == "inconclusive"
    assert found.peers == 8
    assert found.floor == pytest.approx(1 / 9)
    assert "smallest possible is 0.11" in found.sentence
    assert found.power == 0.0


def test_a_short_record_is_refused(released: Make, ended: Make) -> None:
    releases = [r for n in range(12) for r in released(f"p{n}", range(n, 300, 40))] + released("gull", (10, 150, 290))
    found = study("gull", ended(100), releases)
    assert any("480 are needed" in text for text in found.missing)


def test_campaigns_that_cannot_be_judged_say_why(peers: Make, released: Make, ended: Make, day: Make) -> None:
    windows = [
        *ended(200, 1080),
        Window(id="unknown", start=day(3), end=None),
        Window(id="early", start=day(-60), end=day(-30)),
    ]
    found = study("gull", windows, peers(24) + released("gull", (50, 203, 330, 504, 1000)), design=RECORD, draws=0)
    assert [c.counted for c in found.campaigns] == [True, False, False, False]
    assert "less than 60 days after it" in found.campaigns[1].text
    assert "not known" in found.campaigns[2].text
    assert "before the record" in found.campaigns[3].text
    none = study("gull", windows[1:], peers(24) + released("gull", (50, 203, 330, 504, 1000)), design=RECORD)
    assert any("none" in text for text in none.missing)


def test_unknown_dates_are_not_zero(peers: Make, released: Make, ended: Make) -> None:
    undated = [Release(model=f"g{n}", provider="gull", day=None) for n in range(5)]
    found = study("gull", ended(*THREE), peers(24) + released("gull", (203, 504, 802)) + undated, design=RECORD)
    assert found.p_value is None
    assert any("5 releases of gull have no known day" in text for text in found.missing)
    nothing = study("gull", ended(*THREE), undated)
    assert nothing.verdict == "cannot judge"


def test_a_provider_founded_late_is_no_comparison(peers: Make, released: Make, ended: Make) -> None:
    late = released("late", (900, 950, 1000, 1050))
    found = study("gull", ended(*THREE), peers(24) + late + released("gull", (50, 203, 504, 802, 1000)), design=RECORD,
                  draws=0)  # fmt: skip
    pace = next(p for p in found.providers if p.provider == "late")
    assert not pace.counted
    assert "--from" in pace.text
    assert study("late", ended(*THREE), peers(24) + late, design=RECORD).verdict == "cannot judge"


def test_a_season_of_its_own_is_no_answer_to_campaigns(peers: Make, released: Make, ended: Make) -> None:
    found = study(
        "gull", ended(200, 565, 930), peers(24) + released("gull", (205, 215, 570, 585, 934, 945)), design=RECORD
    )
    assert found.verdict == "cannot judge"
    assert "season" in found.missing[0]


def test_the_harvested_provider_is_no_peer(peers: Make, released: Make, ended: Make) -> None:
    windows = [msgspec.structs.replace(w, harvested=("OURS-0",)) for w in ended(*THREE)]
    releases = peers(24) + released("ours", (150, 450, 750)) + released("gull", (50, 203, 504, 802, 1000))
    found = study("gull", windows, releases, design=RECORD, draws=0)
    assert {p.role for p in found.providers if p.provider == "ours"} == {"harvested"}
    named = study("gull", ended(*THREE), releases, harvested="Ours", design=RECORD, draws=0)
    assert (named.p_value, named.peers) == (found.p_value, found.peers)
    assert found.peers == study("gull", windows, peers(24) + released("gull", (50, 203, 504, 802, 1000)),
                                design=RECORD, draws=0).peers  # fmt: skip


def test_a_harvested_provider_that_the_table_lacks_is_refused(peers: Make, released: Make, ended: Make) -> None:
    releases = peers(24) + released("gull", (50, 203, 504, 802, 1000))
    for name in ("Oars", "", "gull"):
        with pytest.raises(BadSettings, match="no other provider of the table has this name"):
            study("gull", ended(*THREE), releases, harvested=name, design=RECORD, draws=0)


def test_a_skill_that_was_not_harvested_does_not_answer(peers: Make, released: Make, ended: Make, day: Make) -> None:
    windows = [msgspec.structs.replace(w, skills=("coding",)) for w in ended(*THREE)]
    jumps = [
        Release(model=f"b{n}", provider="gull", day=day(end + 2), kind="benchmark", skill=skill)
        for n, (end, skill) in enumerate(zip(THREE, ("coding", "maths", "coding"), strict=True))
    ]
    found = study("gull", windows, peers(24) + released("gull", (50, 330, 1000)) + jumps, design=RECORD, draws=0)
    assert [c.closeness == 0 for c in found.campaigns] == [False, True, False]


def test_a_mistyped_year_is_named(peers: Make, ended: Make) -> None:
    wrong = Release(model="m", provider="peer 1", day=datetime.date(202, 1, 1))
    with pytest.raises(BadSettings, match="0202-01-01"):
        study("peer 0", ended(100), [*peers(9), wrong])


@pytest.mark.parametrize("window", [0, -3, 36_526, 10**11])
def test_a_window_of_no_days_or_of_centuries_is_refused(window: int, peers: Make, ended: Make) -> None:
    with pytest.raises(BadSettings, match="window"):
        study("peer 0", ended(100), peers(9), design=Design(window=window))


def test_the_order_of_rows_does_not_matter(peers: Make, released: Make, ended: Make) -> None:
    releases = peers(24) + released("gull", (50, 203, 330, 504, 802, 1000))
    one, other = (study("gull", ended(*THREE), given, design=RECORD) for given in (releases, releases[::-1]))
    assert msgspec.structs.replace(other, releases=one.releases) == one
