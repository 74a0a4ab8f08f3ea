"""A reseller's account that carries a campaign among its honest customers: a few end users harvest, the rest do not."""

from __future__ import annotations

import numpy as np

from stillwatch.simulate.draft import DAY_US, OLD, Draft
from stillwatch.simulate.organisations import reseller
from stillwatch.simulate.roster import Cohort
from stillwatch.simulate.scenarios import Operation
from stillwatch.simulate.voices import mixture

__all__ = ["CUSTOMERS", "GUEST_KEYS", "ROLE", "carrier"]

ROLE = "reseller-mixture"
CUSTOMERS = 240  # honest end users of an account
GUEST_KEYS = 2  # API keys that the reseller gave to the campaign, besides those of its other customers


def carrier(draft: Draft, operation: Operation, campaign: int, accounts: int, load: float) -> Cohort:
    """Accounts of one reseller, `load` requests a day of each the campaign's, on top of its honest trade."""
    tactics = operation.tactics
    cohort = reseller(draft, accounts, declared=tactics.declared)
    cohort["role"], cohort["campaign"] = draft.role(ROLE), campaign
    cohort["rate"], cohort["burst"] = load / (1.0 - tactics.cover), 0.0
    cohort["cover"], cohort["guests"], cohort["end_users"] = tactics.cover, tactics.guests, CUSTOMERS
    cohort["samples"], cohort["replay"] = tactics.samples, tactics.replay
    # What follows describes the campaign's own requests; cover is drawn for each honest customer.
    cohort["template"], cohort["mixture"] = draft.keys(1)[0], mixture(operation.mixture)
    cohort["person"], cohort["language"], cohort["style"] = 0, 0, 0
    cohort["turns"], cohort["thinks"], cohort["output"], cohort["spread"] = 1.12, 0.9, 1700.0, 0.6
    cohort["parameters"] = draft.parameters.harvest()
    cohort["model"], cohort["adopts"] = OLD, np.iinfo(np.int64).max
    cohort.created = np.minimum(cohort.created, draft.first)
    cohort["active_from"] = draft.first + draft.onset * DAY_US
    return cohort
