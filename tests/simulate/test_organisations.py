from __future__ import annotations

from stillwatch.simulate.draft import DAY_US, HOUR_US, Draft
from stillwatch.simulate.organisations import (
    classroom,
    enterprise,
    licensee,
    research_group,
    reseller,
    startup,
    university,
)


def _kinds(draft: Draft) -> list[str]:
    return [kind for _, kind, _ in draft.contracts]


def test_a_declared_enterprise_has_one_bill_and_a_contract(draft: Draft) -> None:
    cohort = enterprise(draft, 60, declared=True)
    assert len(set(cohort["organisation"])) == len(set(cohort.payer)) == 1
    assert _kinds(draft) == ["enterprise"]
    assert draft.contracts[0][0] == cohort["organisation"][0]
    assert draft.contracts[0][2] == cohort.identity["email_domain"][0]


def test_a_shadow_enterprise_shares_domain_and_egress_and_nothing_declared(draft: Draft) -> None:
    cohort = enterprise(draft, 60, declared=False)
    assert len(set(cohort["network"])) == len(set(cohort.identity["email_domain"])) == 1
    assert set(cohort["organisation"]) == {-1}
    assert set(cohort.payer) <= {-1, -2}
    assert draft.contracts == []


def test_a_university_has_its_domain_and_one_translator(draft: Draft) -> None:
    cohort = university(draft, 90)
    assert cohort.identity["email_domain"][0].endswith(".edu")
    assert len(set(cohort["network"])) == 1
    assert (cohort.identity["programme"] == "education").mean() > 0.6


def test_a_class_lives_one_week_with_one_assignment(draft: Draft) -> None:
    cohort = classroom(draft, 30)
    assert cohort.created.max() - cohort.created.min() < 2 * HOUR_US
    assert (cohort["active_to"] - cohort["active_from"]).max() <= 7 * DAY_US
    assert len(set(cohort["template"])) == 1


def test_both_resellers_report_end_users_and_one_has_a_contract(draft: Draft) -> None:
    for declared in (True, False):
        cohort = reseller(draft, 8, declared=declared)
        assert cohort["end_users"].min() >= 60
        assert len({draft.channels[channel] for channel in cohort["channel"]}) == 1
        assert draft.channels[cohort["channel"][0]].startswith("reseller:")
        assert (cohort["organisation"] >= 0).all()
    assert _kinds(draft) == ["reseller"]


def test_the_licensee_harvests_by_contract(draft: Draft) -> None:
    cohort = licensee(draft, 12)
    assert _kinds(draft) == ["distillation-licence"]
    assert cohort["output"].min() > 1_000
    assert set(cohort["campaign"]) == {-1}


def test_research_and_startup_are_small_and_told_apart_by_programme(draft: Draft) -> None:
    group, firm = research_group(draft, 6, declared=False), startup(draft, 6)
    assert set(group.identity["programme"]) == {"research"}
    assert set(firm.identity["programme"]) == {"startup"}
    assert draft.contracts == []
    research_group(draft, 6, declared=True)
    assert _kinds(draft) == ["research"]
