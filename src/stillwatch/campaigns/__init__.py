"""Groups + signals → campaigns: the test under the budget, the innocent explanations, the status and its reasons."""

from stillwatch.campaigns.assemble import assemble
from stillwatch.campaigns.budget import DAYS_A_MONTH, CutOffs, cut_offs, q_values
from stillwatch.campaigns.rivals import weigh_rivals

__all__ = ["DAYS_A_MONTH", "CutOffs", "assemble", "cut_offs", "q_values", "weigh_rivals"]
