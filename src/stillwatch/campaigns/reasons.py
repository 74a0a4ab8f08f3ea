"""Reasons for coordination: what the members share, one reason a channel group, so that dependent traits count once."""

from __future__ import annotations

from stillwatch.findings import Group, Link, Reason

__all__ = ["COORDINATION", "coordination_reasons"]

COORDINATION = "coordination"  # the family of these reasons: they answer another question than harvest_log_lr
_CODES = {
    "payment": "LK01", "identity": "LK02", "registration": "LK03", "software": "LK04", "task": "LK05", "time": "LK06",
    "network": "LK07",
}  # fmt: skip


def _gain(links: list[Link]) -> float:
    """Mean weight of a member's trait in one channel, where it has one: traits of a member are not added up."""
    return sum(link.share * link.weight for link in links) / max(1.0, sum(link.share for link in links))


def _words(channel: str, links: list[Link]) -> str:
    top = max(links, key=lambda link: (link.share, link.value))
    what = channel.replace("_", " ")
    count = len(links) - 1
    more = f", and {count} more such value{'s tie' if count > 1 else ' ties'} them" if count else ""
    return f"{top.share:.0%} of the members share one {what} that {top.base:.2%} of other accounts have{more}"


def coordination_reasons(group: Group) -> tuple[Reason, ...]:
    """One reason a channel group, strongest first, then hand-offs.

    The weight is what a member gains on average over a comparable stranger in the group's best channel, in nats.
    """
    channels: dict[str, dict[str, list[Link]]] = {}
    for link in group.links:
        channels.setdefault(link.group, {}).setdefault(link.channel, []).append(link)
    reasons = []
    for name, by_channel in channels.items():
        gain = {channel: _gain(links) for channel, links in by_channel.items()}
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
