import pickle

import pytest

from stillwatch import errors
from stillwatch.errors import StillwatchError

KINDS = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_ours_and_crosses_processes(kind: type[StillwatchError]) -> None:
    error = kind("a.jsonl byte 12: cut. Copy the file again.")
    assert isinstance(error, StillwatchError)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(again), str(again), again.exit_status) == (kind, str(error), kind.exit_status)


def test_exit_statuses_are_distinct_and_leave_0_to_success() -> None:
    statuses = [kind.exit_status for kind in KINDS]
    assert len(set(statuses)) == len(statuses)
    assert min(statuses) >= 1


def test_nothing_to_read_is_a_bad_input() -> None:
    assert issubclass(errors.NothingToRead, errors.BadInput)
