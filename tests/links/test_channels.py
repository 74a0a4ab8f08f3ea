from stillwatch.links.channels import BEHAVIOURAL_GROUPS, CHANNELS, GROUPS
from stillwatch.schema import ACCOUNTS, LAKE


def test_every_channel_has_a_known_group_and_a_name_of_its_own() -> None:
    assert {channel.group for channel in CHANNELS} <= set(GROUPS)
    assert len({channel.name for channel in CHANNELS}) == len(CHANNELS)
    assert set(GROUPS) >= BEHAVIOURAL_GROUPS


def test_exchange_channels_read_columns_of_the_lake() -> None:
    for channel in CHANNELS:
        if channel.source == "exchanges" and channel.value:
            assert channel.value in LAKE
        elif channel.source == "accounts":
            assert any(name in channel.value for name in (*ACCOUNTS.names, "signup_network"))


def test_where_people_live_is_no_behaviour() -> None:
    assert not BEHAVIOURAL_GROUPS & {"payment", "identity", "network"}
