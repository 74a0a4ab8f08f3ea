from typing import Any

from stillwatch.console.history_views import gains_view, timeline_view

POISON = "\x1b[31m<script>\u202e"


def timeline(**changes: Any) -> dict[str, Any]:
    campaign = {
        "campaign": "C-1", "start": "2026-01-01", "end": "2026-02-01", "counted": True, "next_model": POISON,
        "next_day": "2026-02-05", "days_from_end": 4, "days_from_start": 35, "closeness": 0.95, "text": "",
    }  # fmt: skip
    pace = {"role": "peer", "events": 4, "counted": True, "closeness": 0.1, "days": ["2026-01-03"], "text": ""}
    providers = [
        {**pace, "provider": "low", "share": 0.5},
        {**pace, "provider": "thin", "share": None, "closeness": None, "counted": False, "text": "2 days of release"},
        {**pace, "provider": "high", "share": 0.01},
        {**pace, "provider": "gull", "share": 0.02, "role": "suspect"},
    ]
    return {
        "suspect": "gull-2", "provider": "gull", "verdict": "inconclusive", "sentence": POISON, "window": 60,
        "anchor": "end", "first_day": "2025-01-01", "last_day": "2026-04-01", "level": 0.05, "closeness": 0.95,
        "shift_hits": 9, "shifts": 450, "peer_hits": 1, "peers": 23, "peer_share": 0.08, "peer_low": 0.001,
        "peer_high": 0.2, "closer_peers": 0, "p_value": 0.08, "floor": 0.04, "power": 0.2, "campaigns": [campaign],
        "providers": providers, "releases": [], "missing": [], "limits": ["a limit"], **changes,
    }  # fmt: skip


def gains(**changes: Any) -> dict[str, Any]:
    skill = {"skill": POISON, "targeted": True, "benchmarks": ["b1", "b2"], "before": 0.4, "after": 0.7, "gain": 1.2,
             "peers_gain": 0.3, "beyond": 0.9}  # fmt: skip
    family = {"family": "gull", "provider": "gull", "role": "suspect", "before": "gull-1", "after": "gull-2",
              "contrast": 0.9, "earlier_contrast": None}  # fmt: skip
    return {
        "suspect": "gull-2", "family": "gull", "verdict": "consistent with", "sentence": "They do.",
        "targeted": ["coding"], "after": "2026-01-01", "declared": "on 2026-01-01", "level": 0.05, "effect": 0.9,
        "points": 12.0, "low": 0.4, "high": 1.4, "coverage": 0.92, "p_skills": 0.02, "skill_sets": 45,
        "p_placebo": 0.04, "peers": 24, "p_adjusted": 0.04, "p_added": None, "p_searched": 0.1, "p_earlier": None,
        "noise": None, "p_value": 0.04, "floor": 0.04, "power": [[0.5, 0.3]], "skills": [skill], "families": [family],
        "saturated": [], "left_out": [["tern", "no version"]], "missing": [], "warnings": ["a warning"],
        "limits": ["a limit"], **changes,
    }  # fmt: skip


def test_the_suspect_stands_first_then_whose_releases_fit_best() -> None:
    view = timeline_view(timeline())
    providers = next(sheet for sheet in view.sheets if sheet.title == "Providers")
    assert [row[0] for row in providers.rows] == ["gull", "high", "low", "thin"]
    assert providers.rows[-1][-1] == "2 days of release"
    assert providers.rows[-1][3] == "–"
    assert {row["role"] for row in view.drawings[0].data[0] if row["provider"] == "thin"} == {"left out"}
    after = view.sheets[0]
    assert after.head[-1] != "note"  # nothing is remarked
    assert after.rows[0][5] == "4"
    assert all(len(row) == len(sheet.head) for sheet in view.sheets for row in sheet.rows)


def test_counted_from_the_start_the_days_are_those() -> None:
    view = timeline_view(timeline(anchor="start"))
    assert view.sheets[0].rows[0][5] == "35"
    assert "campaign's start" in view.lead


def test_what_cannot_be_judged_shows_no_figure() -> None:
    for view in (
        timeline_view(timeline(p_value=None, verdict="cannot judge", missing=["Peers: 3"])),
        gains_view(gains(p_value=None, verdict="cannot judge", missing=["Peers: 3"], skills=[], families=[])),
    ):
        assert view.facts == ()
        assert view.missing == ("Peers: 3",)
        assert view.verdict == "cannot judge"


def test_the_gains_say_their_interval_or_why_there_is_none() -> None:
    effect = next(fact for fact in gains_view(gains()).facts if fact[0] == "Effect")
    assert effect[1] == "+0.90 logits"
    assert "+0.40 to +1.40 (covers 92 % at least)" in effect[2]
    blank = next(fact for fact in gains_view(gains(low=None, high=None)).facts if fact[0] == "Effect")
    assert "not declared" in blank[2]


def test_what_a_table_said_is_made_harmless() -> None:
    texts = [repr(timeline_view(timeline())), repr(gains_view(gains()))]
    assert not any("\\x1b" in text or "\\u202e" in text for text in texts)
