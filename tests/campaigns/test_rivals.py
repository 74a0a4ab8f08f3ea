from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from stillwatch.campaigns.contracts import Cover
from stillwatch.campaigns.rivals import RIVALS, weigh_rivals

Make = Callable[..., object]
START = datetime(2026, 3, 2, tzinfo=UTC)
SKILLS = ("coding", "chat", "translation", "extraction")


def verdicts(found: object, group: object, covers: tuple[Cover, ...] = ()) -> dict[str, str]:
    rivals = weigh_rivals(found, group, covers)  # type: ignore[arg-type]
    assert len(rivals) == len(RIVALS)
    for rival in rivals:
        assert rival.supporting or rival.against, "a verdict without a fact"
    return {rival.name: rival.verdict for rival in rivals}


def test_a_log_without_facts_refutes_only_what_it_can(facts: Make, group: Make, ask: Make) -> None:
    found = verdicts(facts(range(5), [ask(n, n) for n in range(5)]), group(range(5)))
    assert found["enterprise behind one egress"] == "unknown"
    assert found["benchmark run"] == "unknown"
    assert "explains" not in found.values()


def test_a_reseller_names_its_customers_and_is_broad(facts: Make, group: Make, ask: Make) -> None:
    rows = [ask(n % 5, n, end_user_id=f"u{n % 40}", skill=SKILLS[n % 4]) for n in range(200)]
    assert verdicts(facts(range(5), rows), group(range(5)))["reseller"] == "explains"
    narrow = [row | {"skill": "coding"} for row in rows]
    assert verdicts(facts(range(5), narrow), group(range(5)))["reseller"] == "refuted"


def test_an_enterprise_has_one_door_and_one_owner(facts: Make, group: Make, ask: Make, person: Make) -> None:
    rows = [ask(n, n, ip_network=1 if n else 2) for n in range(10)]
    people = [person(n, email_domain="works.test") for n in range(10)]
    assert verdicts(facts(range(10), rows, people), group(range(10)))["enterprise behind one egress"] == "explains"
    doors = [row | {"ip_network": row["account_key"]} for row in rows]
    assert verdicts(facts(range(10), doors, people), group(range(10)))["enterprise behind one egress"] == "refuted"


def test_a_classroom_is_academic_and_light(facts: Make, group: Make, ask: Make, person: Make) -> None:
    rows = [ask(n, 24 * day) for n in range(10) for day in range(3)]
    people = [person(n, email_domain="students.uni-x.test", programme="education") for n in range(10)]
    assert verdicts(facts(range(10), rows, people), group(range(10)))["campus or classroom"] == "explains"
    heavy = [ask(n, hour / 10) for n in range(10) for hour in range(300)]
    assert verdicts(facts(range(10), heavy, people), group(range(10)))["campus or classroom"] == "refuted"


def test_a_shared_tool_shares_nothing_else(facts: Make, group: Make, ask: Make) -> None:
    rows = [ask(n, n, system_hash=7) for n in range(40)]
    found = facts(range(10), rows)
    tool = group(range(10), channel_groups=("software", "task"))
    assert verdicts(found, tool)["shared agent or template"] == "explains"
    assert verdicts(found, group(range(10)))["shared agent or template"] == "refuted"


def test_a_benchmark_repeats_public_prompts(facts: Make, group: Make, ask: Make) -> None:
    rows = [ask(n, k, prompt_hash=k % 10) for n in range(4) for k in range(50)]
    public = rows + [ask(stranger, 0.5, prompt_hash=k) for stranger in (50, 51) for k in range(10)]
    assert verdicts(facts(range(4), public), group(range(4)))["benchmark run"] == "explains"
    assert verdicts(facts(range(4), rows), group(range(4)))["benchmark run"] == "refuted"


def test_a_viral_launch_is_a_fading_burst_of_many_payers(facts: Make, group: Make, ask: Make, person: Make) -> None:
    rows = [ask(n, 24 * day) for n in range(20) for day in range(9) if n >= day * 2]
    people = [
        person(n, created_at=START + timedelta(hours=n), payment_bin=str(n), referral="launch") for n in range(20)
    ]
    assert verdicts(facts(range(20), rows, people), group(range(20)))["viral launch"] == "explains"
    steady = [ask(n, 24 * day) for n in range(20) for day in range(9)]
    assert verdicts(facts(range(20), steady, people), group(range(20)))["viral launch"] == "refuted"


@pytest.mark.parametrize(("lapsed", "verdict"), [(False, "explains"), (True, "refuted")])
def test_a_licence_explains_while_it_holds(facts: Make, group: Make, ask: Make, lapsed: bool, verdict: str) -> None:
    cover = Cover(org_id="lab", kind="distillation-licence", share=0.9, accounts=1.0, lapsed=lapsed)
    found = verdicts(facts(range(3), [ask(n, n) for n in range(3)]), group(range(3)), (cover,))
    assert found["licensed customer"] == verdict
