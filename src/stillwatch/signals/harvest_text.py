"""SW131: the prompts are uniform, whole, open tasks, as one generator of training data writes them."""

from __future__ import annotations

import math
from functools import lru_cache
from importlib import resources

import msgspec

from stillwatch.engines import Engine, load_query
from stillwatch.signals.base import Signal

__all__ = ["FEATURES", "LIMIT", "Feature", "HarvestText", "feature_sql", "model"]

FEATURES = ("size_spread", "form_spread", "skills", "templates", "brief", "closed", "elicits")
LIMIT = 3.0  # standard deviations: no single feature decides


class Feature(msgspec.Struct, frozen=True):
    """One feature's mean and standard deviation over public prompt sources, and its weight (negative: against)."""

    mean: float
    deviation: float
    weight: float


@lru_cache(maxsize=1)
def model() -> dict[str, Feature]:
    """The shipped figures by feature, in the order of FEATURES (`bench/unseen.py` makes the file)."""
    text = (resources.files("stillwatch.signals") / "harvest_text.json").read_bytes()
    features = msgspec.convert(msgspec.json.decode(text)["features"], dict[str, Feature])
    return {name: features[name] for name in FEATURES}


def feature_sql(units: str, partials: str) -> str:
    """unit_id, kind, accounts, exchanges and FEATURES of each unit of the relation `units`."""
    return load_query("stillwatch.signals", "harvest_text_features", units=units, partials=partials)


def _term(name: str, feature: Feature) -> str:
    shift = f"({name} - ({feature.mean!r})) / {feature.deviation!r}"
    clipped = f"CASE WHEN {shift} > {LIMIT} THEN {LIMIT} WHEN {shift} < -{LIMIT} THEN -{LIMIT} ELSE {shift} END"
    return f"  ({feature.weight!r}) * {clipped}"


class HarvestText(Signal):
    """How far a unit's prompts look like those of one generator of training data.

    What it looks for:
        Four things of equal weight. Evenness: prompts of like form, of one skill, from few templates, and of like
        length where no template fixes it. Wholeness: few prompts far below 80 characters. Openness: hardly any
        options, labels or digests to give, and no long documents of the asker's own, unless reasoning or data are
        asked for. Elicitation: reasoning written out, or data to train on. Each is measured in standard deviations
        over public sources of prompts. Nothing looks at typing habits: capitals, punctuation, letters outside ASCII.
    Why it matters:
        Whoever harvests runs one program that writes whole tasks whose answers are worth imitating. People react,
        vary and stray; products carry their customers' documents; benchmarks ask for what can be checked.
    Innocent look-alikes:
        Products with a single template, code benchmarks, sets of questions that a model wrote for an evaluation, bare
        lists of sentences to classify.
    When it is blind:
        No prompt text at ingest, fewer than 50 exchanges, or a campaign that mixes skills and forms, wants labels,
        sends short turns of chat or the whole traces of agents. A grading campaign and a judge runner, or an evaluation
        and a distillation of the same sums, may be the same text.
    Example:
        2,000 prompts of 60 to 200 characters, all reasoning, none a fragment: "Q: … Let's think step by step."
    """

    code = "SW131"
    name = "harvest-text"
    family = "content"
    needs = frozenset({"asks_choice", "asks_generation", "asks_reasoning", "dataset_shape", "prompt_chars", "skill"})
    atlas = "AML.T0024.002"
    minimum_trials = 50_000
    by_day = True
    partial_keys = ("account_key", "skill", "skeleton")
    partial_sums = ("exchanges", "sizes", "size_squares", "forms", "form_squares", "brief", "closed", "elicits")

    def exchange_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", "harvest_text_exchanges", exchanges=exchanges)

    def account_sql(self, exchanges: str = "exchanges") -> str:
        return load_query("stillwatch.signals", self.query, scored=self.exchange_sql(exchanges))

    def unit_sql(self, units: str) -> str:
        terms = "\n  +".join(_term(name, feature) for name, feature in model().items())
        return load_query(
            "stillwatch.signals", "harvest_text_units", terms=terms, features=feature_sql(units, self.table)
        )

    def details(self, engine: Engine, units: str) -> dict[str, str]:
        engine.view("signal_text_groups", f"SELECT unit_id, kind, account_key FROM {units} WHERE kind = 'group'")
        return {
            row["unit_id"]: (
                f"{math.exp(row['skills']):.1f} skills, {math.exp(row['templates']):.1f} templates, "
                f"{row['brief']:.0%} short of 80 characters, {row['closed']:.0%} closed, {row['elicits']:.0%} elicit"
            )
            for row in engine.fetch(feature_sql("signal_text_groups", self.table)).to_pylist()
        }

    def sentence(self, value: float, base: float) -> str:
        return f"Prompts read like one generator's, {value:+.1f} on a scale where the median tenant is at {base:+.1f}"
