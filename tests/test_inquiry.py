import msgspec
import pytest

from stillwatch.inquiry import Clue, Exhibit, Passage


def test_a_clue_that_cannot_judge_keeps_none_through_json() -> None:
    clue = Clue(name="refusals", title="Refusals", text="nobody refused", counted=False)
    again = msgspec.json.decode(msgspec.json.encode(clue), type=Clue)
    assert again == clue
    assert again.score is None and again.p_value is None


def test_an_exhibit_needs_both_texts() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(
            {"prompt_id": "1", "prompt": "?", "value": 0.0, "suspect": {"model": "s", "text": ""}, "controls": []},
            type=Exhibit,
        )
    assert Passage(model="s", text="a").marks == ()
