"""What one world of the experiment holds: data sets, students, and how much each student writes."""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.provenance.watermark.schemes import Scheme, scheme_named

__all__ = ["ACCOUNTS", "ANSWERS", "DATA_SETS", "EIGHT", "STUDENTS", "DataSet", "Student", "buyer", "zero_students"]

ANSWERS = 4768
"""Answers of a data set: 267,000 tokens."""

ACCOUNTS = 1000
"""Accounts with a key of their own, in every world."""

EIGHT = 8
"""Accounts among which the campaign of the mixture divides its purchase."""


@dataclass(frozen=True)
class DataSet:
    """Answers of the teacher. `holders`: how many accounts' keys mark them in turn, 0 for none. `delta` in nats."""

    name: str
    scheme_name: str = ""
    holders: int = 0
    delta: float = 2.0

    @property
    def scheme(self) -> Scheme:
        return scheme_named(self.scheme_name)


@dataclass(frozen=True)
class Student:
    """The base, taught `share` of marked answers and for the rest unmarked ones of the same teacher."""

    name: str
    data: str
    share: float
    tokens: int = 50_000


DATA_SETS = (
    DataSet("plain"),
    DataSet("kgw-1", "kgw:gamma=0.25,width=1", 1),
    DataSet("kgw-2", "kgw:gamma=0.25,width=2", 1),
    DataSet("gumbel-1", "gumbel:width=1", 1),
    DataSet("eight", "kgw:gamma=0.25,width=1", EIGHT),
)

STUDENTS = (
    Student("kgw-1 at 50 %", "kgw-1", 0.5, 300_000),
    Student("kgw-1 at 10 %", "kgw-1", 0.1),
    Student("kgw-1 at 100 %", "kgw-1", 1.0),
    Student("kgw-2 at 100 %", "kgw-2", 1.0),
    Student("gumbel-1 at 50 %", "gumbel-1", 0.5),
    Student("eight at 12.5 %", "eight", 1.0, 150_000),
)


def zero_students(count: int) -> tuple[Student, ...]:
    """Students that were taught unmarked answers only, each on a data set of its own."""
    return tuple(Student(f"zero {number}", f"plain {number}", 0.0) for number in range(count))


def buyer(seed: int, place: int = 0) -> int:
    """Which of the accounts bought the answers: another one in every world."""
    return (seed * 7919 + place * 104_729 + 13) % ACCOUNTS
