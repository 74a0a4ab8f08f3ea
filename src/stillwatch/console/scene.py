"""The scan around the campaigns: what was read, what could be judged, how the cut-offs follow, what it took.

Made from scan.json, of which every key may be missing, and which quotes log-derived strings: all pass `clean`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.console import figures
from stillwatch.console.text import clean_all

__all__ = ["Scene", "set_scene"]

Row = Mapping[str, Any]
VERSIONS = (
    ("Stillwatch", "stillwatch"), ("Python", "python"), ("DuckDB", "duckdb"), ("NumPy", "numpy"), ("SciPy", "scipy"),
    ("networkit", "networkit"), ("PyArrow", "pyarrow"), ("Seed", "seed"),
)  # fmt: skip
MADE_FROM = {
    "ts_us": "ts", "ip_network": "ip", "prompt_hash": "prompt", "system_hash": "system_prompt",
    "logit_bias_hash": "logit_bias", "tools_hash": "tools", "reasoning_text": "reasoning",
}  # fmt: skip
LARGEST = 1e300  # below the end of doubles: sums and formats stay finite


@dataclass(frozen=True, slots=True)
class Scene:
    """What is told of one scan. Rows hold cleaned strings and plain numbers; a missing part is empty."""

    started: str
    seconds: float | None
    inputs: tuple[str, ...]
    exchanges: float | None
    accounts: float | None
    first: str  # day
    last: str
    present: tuple[Row, ...]  # columns some rows have: column, share, meaning
    absent: tuple[str, ...]  # columns that no row has
    judging: tuple[Row, ...]
    blind: tuple[Row, ...]  # signals that cannot judge: code, name, missing
    links: tuple[Row, ...]
    quarantined: int
    quarantine: tuple[Row, ...]
    left_out: tuple[tuple[str, str], ...]  # files that were not read, and why
    steps: tuple[Row, ...]
    groups: Row
    budget: tuple[tuple[str, str, str], ...]
    reliability: tuple[Row, ...]  # harvest weights of honest tenants: log_lr, promised, reached, tenants, low, high
    temper: float
    settings: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    releases: tuple[tuple[str, str], ...]  # (model, day)


def set_scene(scan: Mapping[str, Any]) -> Scene:
    """The scene of one scan. Never raises for what is missing or of another shape: that part is left empty."""
    facts = clean_all(dict(scan))
    assert isinstance(facts, dict)  # noqa: S101 - clean_all keeps the shape
    coverage = _logged(_rows(facts, "coverage"))
    signals = _rows(facts, "signals")
    quarantined = _mapping(facts, "quarantined")
    read = _mapping(facts, "read")
    present = [row for row in coverage if row["share"] > 0]
    return Scene(
        started=str(facts.get("started") or ""),
        seconds=number(facts.get("seconds")),
        inputs=tuple(str(path) for path in _list(facts, "inputs")),
        exchanges=number(read.get("exchanges")),
        accounts=number(read.get("accounts")),
        first=figures.day(read.get("first")),
        last=figures.day(read.get("last")),
        present=tuple(present),
        absent=tuple(row["column"] for row in coverage if row not in present),
        judging=tuple(_signal(row) for row in signals if row.get("judges")),
        blind=tuple(_signal(row) for row in signals if not row.get("judges")),
        links=tuple(
            {"channel": str(r.get("channel", "")), "group": str(r.get("group", "")), "traits": number(r.get("traits"))}
            for r in _rows(facts, "links")
        ),
        quarantined=int(number(quarantined.get("rows")) or 0),
        quarantine=tuple(
            {"reason": str(r.get("reason", "")), "rows": number(r.get("rows")), "example": str(r.get("example") or "")}
            for r in _rows(quarantined, "reasons")
        ),
        left_out=tuple(
            (str(pair[0]), str(pair[1]))
            for pair in _list(facts, "left_out")
            if isinstance(pair, list) and len(pair) == 2
        ),
        steps=tuple(
            {
                "name": str(row.get("name", "")),
                "seconds": number(row.get("seconds")),
                "memory": number(row.get("peak_memory_mb")),
                "rows": number(row.get("rows")),
            }
            for row in _rows(facts, "steps")
        ),
        groups={key: number(value) for key, value in _mapping(facts, "groups").items()},
        budget=_budget(facts),
        reliability=_reliability(facts),
        temper=number(_mapping(facts, "calibration").get("temper")) or 1.0,
        settings=tuple(
            (str(key), "not set" if value is None else str(value)) for key, value in _mapping(facts, "settings").items()
        ),
        versions=tuple((name, str(facts[key])) for name, key in VERSIONS if facts.get(key) is not None),
        releases=tuple(
            (str(row["model"]), figures.day(row["released_at"]))
            for row in _rows(facts, "releases")
            if row.get("model") and row.get("released_at")
        ),
    )


def number(value: object) -> float | None:
    """A finite number below 10^300, or None for anything else (a bool is not a number here)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < LARGEST:
        return None
    return value


def _logged(rows: list[Row]) -> list[dict[str, Any]]:
    """Coverage in the columns of the log: what the sketches made is told as the column that it was made from."""
    # The schema brings pyarrow, a tenth of a second that `stillwatch --version` must not pay.
    from stillwatch.schema import EXCHANGES, LAKE

    shares: dict[str, float] = {}
    meanings: dict[str, str] = {}
    for row in rows:
        name = str(row.get("column", ""))
        if name in LAKE and name not in EXCHANGES:
            name = MADE_FROM.get(name, "")
        if name:
            shares[name] = max(shares.get(name, 0.0), number(row.get("share")) or 0.0)
            meanings[name] = EXCHANGES[name].meaning if name in EXCHANGES else str(row.get("meaning", ""))
    return [{"column": name, "share": share, "meaning": meanings[name]} for name, share in shares.items()]


def _budget(facts: Row) -> tuple[tuple[str, str, str], ...]:
    """The way from the one number that the user chose to each cut-off: (name, value, how it follows)."""
    steps = (
        ("Budget", "budget", "false_campaigns_per_month", "{:.3g} false a month", "chosen by you (--budget)"),
        ("Time", "budget", "days", "{:.3g} days", "what this log spans, less days without an exchange"),
        (
            "Allowed here",
            "budget",
            "allowed_here",
            "{:.2g} false campaigns",
            "the part of the budget that falls on this time",
        ),
        ("Groups", "groups", "candidates", "{:,.0f}", "each is one chance to be wrong"),
        (
            "Group cut-off",
            "budget",
            "p_cut",
            figures.odds,
            "largest p-value: half of what is allowed, shared by all tests",
        ),
        (
            "Harvest cut-off",
            "budget",
            "log_lr_cut",
            figures.bits,
            "least weight: the other half, shared by all that was judged",
        ),
        (
            "If a few accounts",
            "budget",
            "log_lr_cut_kernel",
            figures.bits,
            "least weight where a group was picked because it is loud",
        ),
        ("Decoy groups", "calibration", "decoys", "{:,.0f}", "what the same search finds in shuffled traits"),
        ("Decoys that passed", "calibration", "decoys_beyond_cut", "{:,.0f}", "beyond the group cut-off, by chance"),
    )
    rows = []
    for name, part, key, form, why in steps:
        value = number(_mapping(facts, part).get(key))
        if value is not None and _mapping(facts, "budget"):
            rows.append((name, form.format(value) if isinstance(form, str) else form(value), why))
    return tuple(rows)


def _reliability(facts: Row) -> tuple[Row, ...]:
    names = ("log_lr", "promised", "reached", "tenants", "low", "high")
    rows = [
        {name: number(row.get(name)) for name in names} for row in _rows(_mapping(facts, "calibration"), "reliability")
    ]
    return tuple(row for row in rows if None not in row.values())


def _signal(row: Row) -> Row:
    missing = row.get("missing")
    names = [str(name) for name in missing] if isinstance(missing, list) else [str(missing)] if missing else []
    return {"code": str(row.get("code", "")), "name": str(row.get("name", "")), "missing": names}


def _rows(holder: Row, key: str) -> list[Row]:
    return [row for row in _list(holder, key) if isinstance(row, dict)]


def _list(holder: Row, key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []


def _mapping(holder: Row, key: str) -> Row:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}
