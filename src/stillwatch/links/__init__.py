"""Accounts → groups: which accounts are one operation? Coordination only; whether it harvests is asked elsewhere."""

from stillwatch.links.channels import CHANNELS, Channel
from stillwatch.links.find import Linking, find_groups
from stillwatch.links.replacements import Replacement, find_replacements

__all__ = ["CHANNELS", "Channel", "Linking", "Replacement", "find_groups", "find_replacements"]
