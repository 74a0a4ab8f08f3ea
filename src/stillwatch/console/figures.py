"""Numbers as people read them. Every function takes None, for "not known", and says so with a dash."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from stillwatch.console.text import clean

__all__ = [
    "UNKNOWN",
    "bits",
    "bytes_size",
    "compact",
    "count",
    "day",
    "dollars",
    "duration",
    "number",
    "odds",
    "percent",
    "rate",
]

UNKNOWN = "–"
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def count(value: float | None) -> str:
    """1234567 → "1,234,567"."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{value:,.0f}"


def compact(value: float | None) -> str:
    """1234567 → "1.23 M"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    for size, unit in _UNITS:
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}" if value != int(value) else f"{value:.0f}"


def number(value: float | None, digits: int = 2) -> str:
    """A signed figure with a true minus sign: "+3.20", "−1.05"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:+.{digits}f}".replace("-", "−")


def percent(share: float | None) -> str:
    """0.5 → "50 %"; what is small keeps two figures, and only 0 is "0 %", only 1 is "100 %"."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    value = share * 100
    if 0 < abs(value) < 0.001:
        return "< 0.001 %"
    if abs(value) < 10:
        return f"{value:.2g} %"
    return (
        f"{value:.0f} %"
        if abs(value) < 99.5 or value == 100
        else f"{min(value, 99.99):.2f} %"
        if value < 100
        else f"{value:,.0f} %"
    )


def odds(probability: float | None) -> str:
    """A p-value: "0.013", "4 × 10⁻⁹"; below 10⁻³⁰⁰ "< 10⁻³⁰⁰", where a double ends."""
    if probability is None or not math.isfinite(probability):
        return UNKNOWN
    if probability <= 1e-300:
        return "< 10⁻³⁰⁰"
    if probability >= 0.001:
        return f"{probability:.2g}"
    mantissa, exponent = f"{probability:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def rate(value: float | None) -> str:
    """An expected number: "0.02", "4 × 10⁻⁹", "51"."""
    return odds(value) if value is None or not value >= 1 else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def bits(log_ratio: float | None) -> str:
    """A natural logarithm of a likelihood ratio with what it means: "+6.9 (about 1,000 to 1)"."""
    if log_ratio is None or not math.isfinite(log_ratio):
        return "cannot judge"
    if abs(log_ratio) < 0.05:
        return "0.0 (1 to 1)"
    ratio = abs(log_ratio)
    size = f"{math.exp(ratio):,.3g}" if ratio < math.log(1000) else _power(ratio)
    return f"{number(log_ratio, 1)} ({size} to 1{' against' if log_ratio < 0 else ''})"


def _power(log_ratio: float) -> str:
    exponent = math.floor(log_ratio / math.log(10))
    if exponent < 6:
        return f"{float(f'{math.exp(log_ratio):.2g}'):,.0f}"
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


def dollars(value: float | None) -> str:
    return (
        "no price known"
        if value is None or not math.isfinite(value)
        else f"$ {value:,.0f}"
        if value >= 10
        else f"$ {value:.2f}"
    )


def duration(seconds: float | None) -> str:
    """Seconds as "0.4 s", "3 min 20 s", "2 h 5 min"."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def bytes_size(megabytes: float | None) -> str:
    """Megabytes as "312 MB" or "1.4 GB"."""
    if megabytes is None or not math.isfinite(megabytes):
        return UNKNOWN
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def day(moment: object) -> str:
    """A datetime (shown in UTC), or the beginning of an ISO string, as "2026-03-01"."""
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC).date().isoformat()
    return clean(moment, 40)[:10] or UNKNOWN
