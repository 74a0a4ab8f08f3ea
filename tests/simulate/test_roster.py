from __future__ import annotations

from stillwatch.simulate.draft import Draft
from stillwatch.simulate.roster import BEHAVIOUR, IDENTITY, blank


def test_a_blank_account_belongs_to_nobody_and_sends_nothing() -> None:
    rows = blank(3)
    assert rows.dtype == BEHAVIOUR
    assert rows["campaign"].tolist() == rows["organisation"].tolist() == rows["wrapper"].tolist() == [-1, -1, -1]
    assert rows["rate"].sum() == 0
    assert (rows["adopts"] > 2**60).all()


def test_a_cohort_reads_and_writes_its_behaviour_by_name(draft: Draft) -> None:
    cohort = draft.crowd(5, "household")
    cohort["rate"] = 2.5
    assert cohort["rate"].tolist() == cohort.behaviour["rate"].tolist() == [2.5] * 5
    assert len(cohort) == 5
    assert set(cohort.identity) == set(IDENTITY)
