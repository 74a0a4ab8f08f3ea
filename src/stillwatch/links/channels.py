"""The channels a trait may come from, and the groups that make dependent channels count once.

Channels of one group hold values that depend on each other for innocent reasons: a bank issues cards and moves
wallets, a tool sets both its user agent and its sampling parameters. Evidence is counted once per group.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BEHAVIOURAL_GROUPS", "CHANNELS", "GROUPS", "Channel"]

# `task`, `time` and `hand-off` are what accounts do; the rest is what they are. Where somebody lives correlates
# payment, identity and network without any coordination, so those alone never make a case.
GROUPS = ("payment", "identity", "registration", "software", "task", "time", "network", "hand-off")
BEHAVIOURAL_GROUPS = frozenset({"software", "task", "time", "hand-off"})


@dataclass(frozen=True, slots=True)
class Channel:
    """One way for accounts to look alike. `source` is the relation it is read from, `value` the SQL of its value."""

    name: str
    group: str
    source: str  # accounts, exchanges or a relation of `partials`
    value: str  # SQL over the source; NULL rows carry no trait
    text: bool  # the value is text (kept as a label) and not a hash or a number
    meaning: str


CHANNELS: tuple[Channel, ...] = (
    Channel("payment_id", "payment", "accounts", "payment_id", True, "payment instrument"),
    Channel("payment_bin", "payment", "accounts", "payment_bin", True, "card range or kind of wallet"),
    Channel("email", "identity", "accounts", "email_shape || '@' || email_domain", True, "e-mail shape at its host"),
    Channel("phone_prefix", "identity", "accounts", "phone_prefix", True, "phone prefix"),
    Channel(
        "signup_hour", "registration", "accounts",
        "substring(CAST(created_at AS VARCHAR), 1, 13) || ':00 UTC'", True, "hour of sign-up",
    ),
    Channel("referral", "registration", "accounts", "referral", True, "referral code"),
    Channel("signup_network", "network", "accounts", "signup_network", False, "network of sign-up"),
    Channel("stack", "software", "seen_stack", "value", False, "user agent and TLS fingerprint"),
    Channel("parameters", "software", "seen_parameters", "value", False, "sampling parameters"),
    Channel("tools", "software", "seen_tools_hash", "value", False, "set of tools offered"),
    Channel("system", "task", "seen_system_hash", "value", False, "system-prompt template"),
    Channel("skeleton", "task", "seen_skeleton", "value", False, "prompt template"),
    Channel("band_0", "task", "shared_band_0", "value", False, "near-duplicate prompts"),
    Channel("band_1", "task", "shared_band_1", "value", False, "near-duplicate prompts"),
    Channel("body", "task", "shared_body_hash", "value", False, "identical requests"),
    Channel("release", "time", "exchanges", "", False, "first hours on a newly released model"),
    Channel("ip_network", "network", "seen_ip_network", "value", False, "network of requests"),
)  # fmt: skip
