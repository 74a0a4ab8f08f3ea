"""SW117: conversations begun on one account go on under another."""

from __future__ import annotations

from stillwatch.signals.handovers import Handovers

__all__ = ["ConversationMigration"]


class ConversationMigration(Handovers):
    """Conversations that go on under another account of the unit, an exchange.

    What it looks for:
        User turns that one account sent, and that another account of the unit sends as the beginning of its own
        request later that day, where at most three accounts had them. Every fourth conversation is looked at.
    Why it matters:
        A dispatcher sends the next turn to whichever account is free. A customer's conversation stays where it is.
    Innocent look-alikes:
        A company with several keys behind one product, a chat that is carried from a trial account to a paid one.
    When it is blind:
        The log lacks whole conversations, or the operation asks in single turns. Supporting only: linking counts the
        same events as the reason LK12, and nothing may count twice.
    Example:
        9 in a thousand exchanges of 60 accounts go on with a conversation that another of them began.
    """

    code = "SW117"
    name = "conversation-migration"
    needs = frozenset({"conversation_hash", "prefix_hash"})
    moves = "moved_turns"
    item = "coalesce(e.prefix_hash, e.conversation_hash)"
    carried = "conversation_hash % 4 = 0"

    def sentence(self, value: float, base: float) -> str:
        return (
            f"{1000 * value:.2f} in a thousand exchanges begin a conversation that goes on under another account of "
            f"the group; the median: {1000 * base:.2f}"
        )
