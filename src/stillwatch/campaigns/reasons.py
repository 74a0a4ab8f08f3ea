"""Reasons for coordination: what the members share, one reason a channel group, so that dependent traits count once."""

from __future__ import annotations

from stillwatch.findings import Group, Link, Reason

__all__ = ["COORDINATION", "coordination_reasons"]

COORDINATION = "coordination"  # the family of these reasons: they answer another question than harvest_log_lr
_CODES = {
    "payment": "LK01", "identity": "LK02", "registration": "LK03", "software": "LK04", "task": "LK05", "time": "LK06",
    "network": "LK07",
}  # fmt: skip


def _words(channel: str, links: list[Link]) -> str:
    share, base = min(sum(link.share for link in links), 1.0), min(sum(link.base for link in links), 1.0)
    values = f"{len(links)} values" if len(links) > 1 else "one value"
    what = channel.replace("_", " ")
    return f"{share:.0%} of the members share {values} of {what} that {base:.2%} of comparable accounts have"


def coordination_reasons(group: Group) -> tuple[Reason, ...]:
    """One reason a channel group, strongest first, then hand-offs.

    The weight is what a member gains on average over a comparable stranger: the sum of share x ln(share / base) over
    the traits of the group's best channel, in nats.
    """
    channels: dict[str, dict[str, list[Link]]] = {}
    for link in group.links:
        channels.setdefault(link.group, {}).setdefault(link.channel, []).append(link)
    reasons = []
    for name, by_channel in channels.items():
        gain = {channel: sum(link.share * link.weight for link in links) for channel, links in by_channel.items()}
        best = max(gain, key=lambda channel: (gain[channel], channel))
        if group.origin == "owner":
            text = f"All accounts belong to {by_channel[best][0].value} ({best.replace('_', ' ')})"
        else:
            text = _words(best, by_channel[best])
        reasons.append(
            Reason(
                code=_CODES[name],
                name=f"shared-{name}",
                weight=round(gain[best], 6),
                text=f"{text}.",
                family=COORDINATION,
            )
        )
    reasons.sort(key=lambda reason: (-reason.weight, reason.code))
    return (*reasons, *group.reasons)
