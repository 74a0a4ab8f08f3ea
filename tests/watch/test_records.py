import msgspec
import pytest

from stillwatch.findings import Toolkit, ToolkitTrait
from stillwatch.watch.records import Known, Seen, State


def test_a_state_survives_being_written() -> None:
    kit = Toolkit(half=1, traits=(ToolkitTrait(channel="email", value="a.a9@\u202eevil", weight=1.5),))
    known = Known(
        id="C-1", origin="toolkit", status="alert", accounts=("a",), links=(("stack", "0f"),),
        first_look=1, last_look=2, evidence=0.1 + 0.2, toolkits=(kit,), learned_us=2**60, stopped_us=7,
    )  # fmt: skip
    state = State(
        stillwatch_watch=1, look=2, seen=Seen(chunks=("c",), tables={"accounts": "d"}), log_days=1 / 3, last_us=5,
        campaigns=(known,),
    )  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(state), type=State) == state


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"stillwatch_watch": 1}', type=State)
