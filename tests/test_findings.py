from datetime import UTC, datetime

import msgspec
import pytest

from stillwatch import findings
from stillwatch.findings import Campaign, Cost, Group, Judgement, Link, Member, Reason, Rival, Target

GROUP = Group(
    id="g1",
    origin="toolkit",
    members=(Member(account_id="a", probability=0.9), Member(account_id="b", probability=0.8)),
    p_value=1e-12,
    links=(Link(channel="stack", group="software", value="9f", share=0.9, base=0.01, weight=4.5),),
    channel_groups=("software", "payment"),
)
CAMPAIGN = Campaign(
    id="C-1",
    status="review",
    accounts=2,
    exchanges=10,
    tokens=None,
    first_seen=datetime(2026, 3, 1, 12, 30, 0, 5, tzinfo=UTC),
    last_seen=datetime(2026, 3, 2, tzinfo=UTC),
    p_value=1e-12,
    q_value=1e-10,
    harvest_log_lr=None,
    kinds=(),
    reasons=(Reason(code="S1", name="n", weight=0.1 + 0.2, text="t", examples=("e",)),),
    rivals=(Rival(name="reseller", verdict="unknown"),),
    targets=(Target(skill="coding", share=1.0, exchanges=10),),
    cost=Cost(tokens=None, dollars=None, exchanges_per_day=5.0),
    judgements=(Judgement(code="S1", name="n", family="content", group_id="g1", value=None),),
    daily=(("2026-03-01", 10),),
)


@pytest.mark.parametrize("finding", [GROUP, CAMPAIGN], ids=["group", "campaign"])
def test_json_keeps_everything(finding: Group | Campaign) -> None:
    assert msgspec.json.decode(msgspec.json.encode(finding), type=type(finding)) == finding


def test_what_cannot_be_judged_stays_null_in_json() -> None:
    plain = msgspec.json.decode(msgspec.json.encode(CAMPAIGN))
    assert plain["harvest_log_lr"] is None
    assert plain["judgements"][0]["value"] is None
    assert plain["cost"]["dollars"] is None


def test_findings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        CAMPAIGN.status = "alert"  # type: ignore[misc]


def test_a_group_lists_its_accounts() -> None:
    assert GROUP.accounts == ("a", "b")


@pytest.mark.parametrize(("field", "value"), [("status", "guilty"), ("accounts", "many"), ("rivals", None)])
def test_what_is_not_a_finding_is_refused(field: str, value: object) -> None:
    plain = msgspec.to_builtins(CAMPAIGN)
    plain[field] = value
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.convert(plain, Campaign)


def test_public_names_exist() -> None:
    assert [name for name in findings.__all__ if not hasattr(findings, name)] == []
