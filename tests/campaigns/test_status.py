from collections.abc import Callable

import pytest

from stillwatch.campaigns.budget import CutOffs
from stillwatch.campaigns.contracts import Cover
from stillwatch.campaigns.status import FEW, LIKELY, standing
from stillwatch.findings import Rival

Make = Callable[..., object]
CUTS = CutOffs(allowed=0.5, log_p=-7.0, log_lr=5.0, log_lr_kernel=8.0)
REFUTED = Rival(name="reseller", verdict="refuted")
EXPLAINS = Rival(name="benchmark run", verdict="explains")


def cover(kind: str, share: float = 1.0, lapsed: bool = False) -> Cover:
    return Cover(org_id="acme", kind=kind, share=share, accounts=share, lapsed=lapsed)


def status(
    group: object, harvest: float | None, rivals: tuple[Rival, ...] = (REFUTED,), covers: tuple[Cover, ...] = ()
):  # type: ignore[no-untyped-def]
    found = standing(group, q_value=0.01, harvest=harvest, rivals=rivals, covers=covers, cuts=CUTS)  # type: ignore[arg-type]
    assert found.verdict.endswith(".")
    return found.status


def test_both_questions_must_say_yes_and_every_rival_no(group: Make) -> None:
    ring = group(range(50))
    assert status(ring, 6.0) == "alert"
    assert status(ring, 4.0) == "review"
    assert status(ring, None) == "review"
    assert status(group(range(50), p_value=0.01), 6.0) == "review"
    assert status(group(range(50), p_value=0.01), 4.0) is None
    assert status(ring, 6.0, (REFUTED, EXPLAINS)) == "review"


def test_what_was_not_refuted_does_not_save_a_campaign(group: Make) -> None:
    for verdict in ("possible", "unknown"):
        assert status(group(range(50)), 6.0, (Rival(name="reseller", verdict=verdict),)) == "alert"


def test_a_kernel_was_picked_for_being_loud_and_needs_more(group: Make) -> None:
    kernel = group(range(3), origin="kernel")
    assert status(kernel, 6.0) == "review"
    assert status(kernel, 8.5) == "alert"


@pytest.mark.parametrize("kind", ["enterprise", "reseller", "research", "evaluation"])
def test_a_contract_explains_belonging_together_but_not_harvesting(group: Make, kind: str) -> None:
    owner = group(range(50), origin="owner", p_value=0.0)
    assert status(owner, 1.0, covers=(cover(kind),)) == "declared"
    assert status(owner, 6.0, covers=(cover(kind),)) == "review"
    assert status(owner, None, covers=(cover(kind),)) == "declared"


def test_a_licence_declares_even_a_harvest_unless_it_lapsed_or_covers_little(group: Make) -> None:
    owner = group(range(50), origin="owner", p_value=0.0)
    assert status(owner, 9.0, covers=(cover("distillation-licence"),)) == "declared"
    assert status(owner, 9.0, covers=(cover("distillation-licence", lapsed=True),)) == "alert"
    assert status(owner, 9.0, covers=(cover("distillation-licence", share=0.2),)) == "alert"


def test_groups_that_show_no_harvesting_stay_quiet_only_when_billed_or_few(group: Make, link: Make) -> None:
    billed = group(range(90), origin="owner", p_value=0.0, links=(link("org_id", "identity"),))
    claimed = group(range(90), origin="owner", links=(link("email_domain", "identity"),))
    assert status(billed, -0.2) is None
    assert status(claimed, -0.2) == "review"
    assert status(group(range(FEW - 1)), -0.2) is None
    assert status(group(range(FEW)), -0.2) == "review"
    assert status(group(range(FEW - 1)), LIKELY - 0.1) is None
    assert status(group(range(FEW - 1)), LIKELY) == "review"
    assert status(billed, None) == "review"  # None is not 0


def test_one_kind_of_trait_must_not_carry_an_alert(group: Make) -> None:
    assert status(group(range(50), without=(("software", 1e-4), ("task", 1e-9))), 6.0) == "alert"
    carried = group(range(50), without=(("software", 0.2), ("task", 1e-9)))
    assert status(carried, 6.0) == "review"
    assert status(carried, 4.0) == "review"
