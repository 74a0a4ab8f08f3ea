from __future__ import annotations

import json
from collections.abc import Callable

from stillwatch.simulate import World

Ask = Callable[[str], list[tuple[object, ...]]]
PRESENTED = (
    "SELECT account_id, campaign, model, turns, ts, messages, prompt FROM exchanges JOIN truth USING (account_id) "
    'WHERE messages LIKE \'%"signature":"0f5c%\''
)


def _blocks(messages: object) -> list[str]:
    content = [message["content"] for message in json.loads(str(messages)) if message["role"] == "assistant"]
    return [part["signature"] for parts in content if isinstance(parts, list) for part in parts if "signature" in part]


def test_honest_clients_present_blocks_of_their_own_and_members_those_of_others(ask_hiding: Ask) -> None:
    issuer = {
        str(row[0]): row[1]
        for row in ask_hiding("SELECT reasoning, account_id FROM exchanges WHERE reasoning IS NOT NULL")
    }
    own, foreign = [], []
    for account, campaign, _, _, _, messages, _ in ask_hiding(PRESENTED):
        for block in _blocks(messages):
            if block in issuer and campaign in (None, "replay-1"):
                (foreign if campaign else own).append(issuer[block] == account)
    assert len(own) > 200
    assert all(own)
    assert len(foreign) > 50
    assert sum(foreign) / len(foreign) < 0.5


def test_a_replay_is_a_question_its_block_and_the_wish_to_see_it(ask_hiding: Ask) -> None:
    asked = ask_hiding(PRESENTED + " AND campaign = 'replay-1' AND turns = 2 AND model = 'aster-4-mini'")
    assert len(asked) > 50
    for *_, messages, prompt in asked[:200]:
        turns = json.loads(str(messages))
        assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
        assert turns[-1]["content"] == prompt
        assert len(_blocks(messages)) == 1


def test_worlds_without_replay_have_no_blocks(world: World, ask: Ask) -> None:
    assert world.campaigns
    assert ask('SELECT count(reasoning), count(*) FILTER (messages LIKE \'%"signature":"%\') FROM exchanges') == [
        (0, 0)
    ]
