"""The contract of a signal: one measurable habit of an account, a company or a group, as portable SQL.

A signal is measured twice from one pass over the log: `account_sql` keeps exact integer partials an account
(additive over days, so a long window is a merge), and `unit_sql` adds them up over the accounts of each *unit*:
a candidate group, a single honest account, a company, a tool's users, or a random handful. What a group's value
means is decided elsewhere (`judge`), by how many honest units lie as far out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from stillwatch.engines import Engine, load_query

__all__ = ["BUNDLE_KINDS", "TENANT_KINDS", "Family", "Signal"]

Family = Literal["content", "shape", "pace", "load", "value"]

# Single accounts stand for one customer; several accounts of one owner, or one tool's users, stand for one too.
TENANT_KINDS = ("account", "org", "tool", "group")
# What only several accounts together can show is compared with several accounts together.
BUNDLE_KINDS = ("org", "tool", "bundle", "group")


class Signal(ABC):
    """One technique of harvesting and how it is measured. Subclasses set the attributes and own one `.sql` text.

    Exchange query (`exchange_sql`): account_key, exchange_key, exchange_id, ts_us, trials BIGINT, hits BIGINT.
    Account query (`account_sql`): `partial_keys` (account_key first) and `partial_sums`, all exact integers.
    Unit query (`unit_sql`): unit_id, kind, accounts BIGINT, trials BIGINT, value DOUBLE (NULL: not measurable).

    Scores that the log holds per mille count 1000 trials an exchange, so that value = hits / trials is a rate.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    family: ClassVar[Family]
    kind: ClassVar[str | None] = None  # the kind of harvest it proves: reasoning, grading, generation, logits
    needs: ClassVar[frozenset[str]]  # columns of the lake, or `models.`, `accounts.` or `contracts.` and a column
    atlas: ClassVar[str]  # MITRE ATLAS technique
    minimum_trials: ClassVar[int]  # a unit with fewer cannot be judged
    minimum_accounts: ClassVar[int] = 1
    minimum_coverage: ClassVar[float] = 0.01  # share of rows that must carry each needed column; 0: any row at all
    reference: ClassVar[tuple[str, ...]] = TENANT_KINDS
    largest_tenant: ClassVar[int] = 10**9  # accounts: larger companies and tools would cost more than they tell
    size_matters: ClassVar[bool] = False  # grows with the number of accounts: compare only with units as large
    tail: ClassVar[Literal["upper", "lower"]] = "upper"  # which way is suspicious
    lone: ClassVar[bool] = True  # can be measured on a single account
    supporting: ClassVar[bool] = False  # shown with its figures, never combined: it cannot weigh in an alert
    helpers: ClassVar[tuple[str, ...]] = ()  # `signal_<query>` tables that the SQL joins, built once a judging
    unit: ClassVar[str] = "exchange"  # what a thousand trials, or a trial, is called in a sentence
    trials_each: ClassVar[int] = 1000  # trials that one such unit counts
    whole: ClassVar[bool] = False  # means nothing on some of a unit's accounts: a large unit is measured on all of them
    crowd: ClassVar[bool] = False  # what an account's partials mean hangs on accounts outside the units too
    by_day: ClassVar[bool] = False  # its account query looks at one day at a time: partials kept by day add up
    partial_keys: ClassVar[tuple[str, ...]] = ("account_key",)
    partial_sums: ClassVar[tuple[str, ...]] = ("trials", "hits")

    @property
    def query(self) -> str:
        """Name of this signal's SQL text: its name with underscores."""
        return self.name.replace("-", "_")

    @property
    def table(self) -> str:
        """Where the account partials are kept while a log is judged; signals with the same account query share it."""
        return f"signal_{self.code.lower()}"

    @property
    def shown(self) -> str:
        """What of the partials ranks accounts when examples are looked for: a sum, or an expression of sums."""
        return "hits" if "hits" in self.partial_sums else "exchanges"

    def prepare(self, engine: Engine) -> bool:  # noqa: ARG002 - some subclasses ask the log
        """Register small tables of this signal's own; False when this log holds nothing to measure."""
        return True

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        """Per exchange: account_key, exchange_key, exchange_id, ts_us, trials, hits. Also finds the examples."""
        return load_query("stillwatch.signals", self.query, exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        """The account partials: here the sums of the exchange query."""
        return load_query("stillwatch.signals", "account_sums", scored=self.exchange_sql(exchanges))

    def again_sql(self, exchanges: str = "exchanges") -> str | None:  # noqa: ARG002 - few signals share their scores
        """Rows to be added to the partials of single days, made as if no prompt were ever asked again; None: none.

        By account what `account_sql` gives less, since `signal_repeats` names prompts that are asked more than once in
        the log; columns as there. Of a signal that has it, partials can be kept by day although later days change them.
        """
        return None

    def helper_sql(self, name: str, exchanges: str = "exchanges") -> str:
        """The query of one of `helpers`, by the table's name; signals that share a helper give it the same query."""
        return load_query("stillwatch.signals", name.removeprefix("signal_"), exchanges=exchanges)

    def unit_sql(self, units: str) -> str:
        """The value of each unit from the partials: here hits over trials of all its accounts."""
        return load_query("stillwatch.signals", "unit_rates", units=units, partials=self.table)

    def details(self, engine: Engine, units: str) -> dict[str, str]:  # noqa: ARG002 - some subclasses have words
        """More words for the sentence of some units, by unit_id."""
        return {}

    @abstractmethod
    def sentence(self, value: float, base: float) -> str:
        """What was measured, in one plain clause with its figures."""

    def __repr__(self) -> str:
        return f"<{self.code} {self.name}>"
