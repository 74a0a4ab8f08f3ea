"""Accounts → groups: which accounts are one operation? Coordination only; whether it harvests is asked elsewhere."""

from stillwatch.links.channels import CHANNELS, Channel
from stillwatch.links.find import Linking, find_groups

__all__ = ["CHANNELS", "Channel", "Linking", "find_groups"]
