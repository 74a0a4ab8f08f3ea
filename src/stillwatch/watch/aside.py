"""What a look asks of the log beside the scan: which groups were banned, and whether stopped campaigns came back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from stillwatch import campaigns, links
from stillwatch.engines import Engine
from stillwatch.findings import Campaign, Group, Member, Reason, Toolkit
from stillwatch.watch.records import Known

__all__ = ["Aside"]

MOST = 0.5
CODE = "LK20"
EVERYTHING = 1e12  # a budget that no p-value fails: what passes is decided by what the look may spend


class Aside:
    """Called inside the scan; holds what was found afterwards.

    `toolkits` and `banned_us` (when half of the accounts were closed) by group id of the scan; `returned` by the id of
    the stopped campaign: an entry of its own for the accounts that began later and show its toolkit.
    """

    def __init__(self, known: Sequence[Known]):
        self._known = [one for one in known if one.merged_into is None and one.replaces is None and one.toolkits]
        self.toolkits: dict[str, tuple[Toolkit, ...]] = {}
        self.banned_us: dict[str, int] = {}
        self.returned: dict[str, tuple[Campaign, tuple[Member, ...]]] = {}
        self.tests = 0

    def __call__(self, engine: Engine, linking: links.Linking) -> None:
        """Reads the views of the lake and what linking left."""
        self.toolkits = dict(linking.toolkits)
        closed = _closed(engine)
        self.banned_us = {g.id: at for g in linking.groups if (at := _banned_us(g.accounts, closed)) is not None}
        groups, keys = self._replacements(engine, closed)
        if not groups:
            return
        found, _ = campaigns.assemble(
            engine,
            groups,
            keys,
            {group.id: () for group in groups},
            {group.id: (None, ()) for group in groups},
            tested_log_p=np.array([math.log(group.p_value) for group in groups]),
            decoy_log_p=np.empty(0),
            accounts=linking.accounts,
            linked_share=linking.linked_share,
            budget=EVERYTHING,
            days=1.0,
        )
        members = {group.id: group.members for group in groups}
        self.returned = {campaign.id: (campaign, members[campaign.id]) for campaign in found}

    def _replacements(self, engine: Engine, closed: Mapping[str, int]) -> tuple[list[Group], dict[str, np.ndarray]]:
        """One group a stopped campaign, under its id, by the toolkit that speaks most; their number is paid for.

        Only who began after the campaign was stopped, and after its toolkit was learned, is tested.
        """
        stops = {one.id: one.stopped_us or _banned_us(one.accounts, closed) for one in self._known}
        stopped = [one for one in self._known if stops[one.id] is not None]
        self.tests = len(stopped)
        asked = [(one, toolkit) for one in stopped for toolkit in one.toolkits]
        since = [max(stops[one.id] or 0, one.learned_us) for one, _ in asked]
        answers = links.find_replacements(engine, [toolkit for _, toolkit in asked], since)
        best: dict[str, links.Replacement] = {}
        for (one, _), answer in zip(asked, answers, strict=True):
            if answer is not None and (one.id not in best or answer.log_p < best[one.id].log_p):
                best[one.id] = answer
        groups, keys = [], {}
        for one in stopped:
            answer = best.get(one.id)
            if answer is None:
                continue
            log_p = min(answer.log_p + math.log(len(one.toolkits)), 0.0)
            sure = max(1.0 - answer.expected / answer.found, 0.01)
            text = (
                f"{answer.found:,} accounts or owners that began after {one.id} was stopped show {answer.needed} or "
                f"more kinds of its traits; {answer.expected:.3g} would by chance."
            )
            groups.append(
                Group(
                    id=one.id,
                    origin="replacement",
                    members=tuple(Member(account_id=account, probability=sure) for account in answer.accounts),
                    p_value=max(math.exp(log_p), 1e-300),
                    links=(),
                    channel_groups=answer.channel_groups,
                    expected=answer.expected,
                    reasons=(
                        Reason(
                            code=CODE, name="replacement", weight=round(-log_p, 3), text=text, family="coordination"
                        ),
                    ),
                )
            )
            keys[one.id] = answer.account_keys
        return groups, keys


def _closed(engine: Engine) -> dict[str, int]:
    """When accounts were closed, microseconds since 1970, by account id."""
    rows = engine.fetch("SELECT account_id, banned_at FROM accounts WHERE banned_at IS NOT NULL ORDER BY account_id")
    at = rows["banned_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return dict(zip(rows["account_id"].to_pylist(), at.to_pylist(), strict=True))


def _banned_us(accounts: Sequence[str], closed: Mapping[str, int]) -> int | None:
    """The moment at which more than half of the accounts had been closed; None where fewer were."""
    times = sorted(closed[account] for account in accounts if account in closed)
    needed = int(MOST * len(accounts))
    return times[needed] if len(times) > needed else None
