from collections.abc import Callable

import pytest

from stillwatch.campaigns.reasons import COORDINATION, coordination_reasons
from stillwatch.findings import Reason

Make = Callable[..., object]


def test_a_channel_group_counts_once_by_its_best_channel(group: Make, link: Make) -> None:
    links = (
        link("stack", "software", share=0.5, weight=4.0),
        link("parameters", "software", share=0.9, weight=5.0, value="p"),
        link("payment_bin", "payment", share=0.2, weight=3.0),
    )
    software, payment = coordination_reasons(group(range(5), links=links))  # type: ignore[arg-type]
    assert (software.name, software.weight) == ("shared-software", pytest.approx(4.5))
    assert "one parameters that 1.00% of other accounts have" in software.text
    assert payment.weight == pytest.approx(0.6)
    assert {software.family, payment.family} == {COORDINATION}


def test_many_values_of_one_member_do_not_add_up(group: Make, link: Make) -> None:
    links = tuple(link("ip_network", "network", share=0.6, weight=2.0, value=str(n)) for n in range(10))
    (reason,) = coordination_reasons(group(range(5), links=links))  # type: ignore[arg-type]
    assert reason.weight == pytest.approx(2.0)
    assert "9 more" in reason.text


def test_hand_offs_follow_the_traits(group: Make, link: Make) -> None:
    retry = Reason(code="LK11", name="retry-hand-off", weight=9.0, text="x", family=COORDINATION)
    found = coordination_reasons(group(range(5), links=(link("stack", "software"),), reasons=(retry,)))  # type: ignore[arg-type]
    assert [reason.code for reason in found] == ["LK04", "LK11"]


def test_an_owner_is_named(group: Make, link: Make) -> None:
    owned = group(range(5), origin="owner", links=(link("org_id", "identity", value="acme"),))
    assert "acme" in coordination_reasons(owned)[0].text  # type: ignore[arg-type]
