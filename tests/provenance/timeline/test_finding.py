import datetime

import msgspec

from stillwatch.provenance.timeline import FollowUp, Timeline


def test_a_finding_survives_its_json_and_none_stays_none() -> None:
    found = Timeline(
        suspect="s", provider="p", verdict="cannot judge", sentence="", window=60, anchor="end", first_day=None,
        last_day=datetime.date(2026, 3, 1), level=0.05, peers=0,
        campaigns=(FollowUp(campaign="C", start=None, end=None, counted=False, text="unknown"),),
    )  # fmt: skip
    plain = msgspec.json.encode(found)
    assert b'"p_value":null' in plain
    assert msgspec.json.decode(plain, type=Timeline) == found
