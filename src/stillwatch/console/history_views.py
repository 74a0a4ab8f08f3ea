"""What the pages and the terminal show of an event study and of a comparison of gains; computes nothing new.

Both take the finding as plain values (as in its .json), because a reader never imports the room that made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.console import figures
from stillwatch.console.text import clean, clean_all

__all__ = ["Drawing", "History", "Sheet", "gains_view", "timeline_view"]

Plain = Mapping[str, Any]
_FAMILIES = 60  # rows of a chart; the table holds them all
_CLASSES = {"fits": "review", "consistent with": "review", "speaks against": "declared"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: heads that end in ">" are figures. `note` stands under it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart to be drawn: `kind` names the function of `history_charts`, `data` its arguments."""

    kind: str
    data: tuple[Any, ...]
    title: str
    caption: str


@dataclass(frozen=True, slots=True)
class History:
    """All that one page says. `facts` are (name, value, meaning)."""

    question: str
    lead: str
    verdict: str
    status: str
    sentence: str
    facts: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    limits: tuple[str, ...]
    drawings: tuple[Drawing, ...]
    sheets: tuple[Sheet, ...]


def timeline_view(finding: Plain) -> History:
    """Of a `Timeline` as plain values."""
    found: Any = clean_all(dict(finding), 400)
    paces: Sequence[Plain] = found["providers"]
    order = [pace for pace in paces if pace["role"] == "suspect"]
    order += sorted(
        (pace for pace in paces if pace["role"] != "suspect"),
        key=lambda pace: (pace["share"] is None, pace["share"] or 0.0, pace["provider"]),
    )
    judged = found["p_value"] is not None
    facts = (
        ("p-value", _odds(found["p_value"]), f"the larger of both below; {_odds(found['floor'])} at least"),
        ("Other providers", f"{found['peer_hits']} of {found['peers']}" if judged else f"{found['peers']}",
         f"fit as well: {_share(found['peer_low'])} to {_share(found['peer_high'])} of innocents (95 % interval)"),
        ("Own shifts", f"{_count(found['shift_hits'])} of {_count(found['shifts'])}",
         "places of the campaigns along the suspect's own history that fit as well"),
        ("Closeness", _share(found["closeness"]), "100 % is a release the day after every campaign"),
        ("Power", _share(found["power"]), f"of releases that do follow every campaign would reach {found['level']}"),
        ("Raw count", f"{_count(found['closer_peers'])} of {found['peers']}",
         "peers whose releases follow as close, whatever their pace"),
    )  # fmt: skip
    windows = [c for c in found["campaigns"] if c["start"] and c["end"]]
    dots = [
        {"provider": pace["provider"], "day": day, "role": pace["role"] if pace["counted"] else "left out"}
        for pace in order[:_FAMILIES]
        for day in pace["days"]
    ]
    drawings = (
        Drawing(
            "histories", (dots, windows, [pace["provider"] for pace in order[:_FAMILIES]]), "Releases beside campaigns",
            "One row a provider, the suspect first, then those whose releases fit best; grey ones could not be "
            "compared. Bands are the campaigns.",
        ),
    ) if dots else ()  # fmt: skip
    anchor = found["anchor"]
    sheets: tuple[Sheet, ...] = (
        Sheet(
            "What came after each campaign",
            ("campaign", "from", "to", "next release", "on", "days>", "closeness>", "note"),
            tuple(
                (c["campaign"], _text(c["start"]), _text(c["end"]), _text(c["next_model"]), _text(c["next_day"]),
                 _count(c[f"days_from_{anchor}"]), _share(c["closeness"]), c["text"])
                for c in found["campaigns"]
            ),
            f"Days are counted from the campaign's {anchor}.",
        ),
        Sheet(
            "Providers",
            ("provider", "role", "days of release>", "closeness>", "own shifts>", "note"),
            tuple(
                (p["provider"], p["role"] if p["counted"] else f"{p['role']}, not counted", _count(p["events"]),
                 _share(p["closeness"]), _odds(p["share"]), p["text"])
                for p in order
            ),
            "Own shifts: the share of places of the campaigns along the provider's own history that fit as well.",
        ),
    )  # fmt: skip
    span = f"{_text(found['first_day'])} to {_text(found['last_day'])}"
    return History(
        question=f"Did {found['suspect']} come out right after the campaigns?",
        lead=f"Releases of {found['provider']} and {found['peers']} other providers, {span}. A release fits within "
        f"{found['window']} days after the campaign's {anchor}; providers are the unit, not releases.",
        verdict=found["verdict"], status=_CLASSES.get(found["verdict"], ""), sentence=found["sentence"],
        facts=facts if judged else (), missing=tuple(found["missing"]), warnings=(), limits=tuple(found["limits"]),
        drawings=drawings, sheets=tuple(_without_empty(sheet) for sheet in sheets),
    )  # fmt: skip


def gains_view(finding: Plain) -> History:
    """Of a `Gains` as plain values."""
    found: Any = clean_all(dict(finding), 400)
    judged = found["p_value"] is not None
    low, high = found["low"], found["high"]
    between = (
        f"{_logits(low)} to {_logits(high)} (covers {_share(found['coverage'])} at least)"
        if low is not None
        else "no interval: the skills were not declared"
    )
    facts = (
        ("p-value", _odds(found["p_value"]), f"the largest that counts; {_odds(found['floor'])} at least"),
        ("Placebo models", _odds(found["p_placebo"]), f"rank among {found['peers']} peers, each as if the suspect"),
        ("Permuted skills", _odds(found["p_skills"]), f"share of {_count(found['skill_sets'])} choices of skills"),
        ("Effect", f"{_logits(found['effect'])} logits", between),
        ("In points", f"{_logits(found['points'], 1)}", "percent, at the suspect's own level"),
        ("Allowing for growth", _odds(found["p_adjusted"]), "rank without overall growth and catching up"),
        ("Allowing for its trend", _odds(found["p_added"]), "rank of what was added to the trend before"),
        ("If chosen afterwards", _odds(found["p_searched"]), "rank of the best choice among every peer's"),
        ("Trend before", _odds(found["p_earlier"]), "the same one version earlier; small is not parallel"),
        ("Power", "; ".join(f"{_share(share)} at {effect:g}" for effect, share in found["power"]) or figures.UNKNOWN,
         f"of effects of so many logits would reach {found['level']}"),
    )  # fmt: skip
    rows = [
        {
            "skill": s["skill"],
            "targeted": "targeted" if s["targeted"] else "other",
            "gain": s["gain"],
            "peers": s["peers_gain"],
        }
        for s in found["skills"]
    ]
    families = found["families"]
    dots = [{"family": f["family"], "contrast": f["contrast"], "role": f["role"]} for f in families[:_FAMILIES]]
    drawings = (
        Drawing(
            "skills", (rows,), "Gains by skill",
            "Targeted skills first. The longer the line, the further from what peers gained.",
        ),
        Drawing(
            "contrasts", (dots,), "Every family as if it were the suspect",
            "To the right: targeted skills gained more than the rest.",
        ),
    ) if rows and dots else ()  # fmt: skip
    sheets = (
        Sheet(
            "Skills",
            ("skill", "role", "benchmarks>", "before>", "after>", "gain>", "peers' gain>", "beyond>"),
            tuple(
                (s["skill"], "targeted" if s["targeted"] else "", _count(len(s["benchmarks"])), _share(s["before"]),
                 _share(s["after"]), *(_logits(s[name]) for name in ("gain", "peers_gain", "beyond")))
                for s in found["skills"]
            ),
            "Gains in logits, which respect the ceiling: from 50 to 73 percent is +1, from 90 to 96 as well.",
        ),
        Sheet(
            "Families",
            ("family", "role", "before", "after", "contrast>", "one version earlier>"),
            tuple(
                (f["family"], f["role"], f["before"], f["after"], _logits(f["contrast"]),
                 _logits(f["earlier_contrast"]))
                for f in families
            ),
        ),
        Sheet("Left out", ("family", "why"), tuple((str(name), str(why)) for name, why in found["left_out"])),
    )  # fmt: skip
    skills = ", ".join(found["targeted"])
    return History(
        question=f"Did {found['suspect']} gain in {skills} beyond its other skills and its peers?",
        lead=f"Versions before and after {_text(found['after'])}, beside {found['peers']} peer families. The targeted "
        f"skills were named {found['declared'] or 'on an unknown day'}.",
        verdict=found["verdict"], status=_CLASSES.get(found["verdict"], ""), sentence=found["sentence"],
        facts=facts if judged else (), missing=tuple(found["missing"]), warnings=tuple(found["warnings"]),
        limits=tuple(found["limits"]), drawings=drawings, sheets=tuple(sheet for sheet in sheets if sheet.rows),
    )  # fmt: skip


def _without_empty(sheet: Sheet) -> Sheet:
    """A column of remarks in which nothing is remarked only takes room."""
    if not sheet.rows or sheet.head[-1] != "note" or any(row[-1] for row in sheet.rows):
        return sheet
    return Sheet(sheet.title, sheet.head[:-1], tuple(row[:-1] for row in sheet.rows), sheet.note)


def _text(value: object) -> str:
    return clean(value) or figures.UNKNOWN


_count, _share, _odds, _logits = figures.count, figures.percent, figures.odds, figures.number
