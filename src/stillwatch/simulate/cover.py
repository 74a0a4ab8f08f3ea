"""Cover traffic: what a campaign's account sends besides its harvest, as ordinary people would."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.simulate.events import Events
from stillwatch.simulate.grammar import LANGUAGES
from stillwatch.simulate.keys import below, mix, unit
from stillwatch.simulate.tactics import in_cover
from stillwatch.simulate.voices import mixture

__all__ = ["end_users", "ordinary", "sent"]

Index = npt.NDArray[np.int64]


def ordinary(behaviour: npt.NDArray[Any], events: Events) -> npt.NDArray[np.bool_]:
    """Which events are cover."""
    return in_cover(behaviour["cover"][events.writer], events.session)


def end_users(behaviour: npt.NDArray[Any], events: Events) -> Index:
    """The end user of each event, numbered within its account; a campaign's guests come after the honest ones."""
    rows = behaviour[events.account]
    draw = mix(events.session, 9)
    honest = below(draw, np.maximum(rows["end_users"], 1))
    guest = (rows["guests"] > 0) & ~ordinary(behaviour, events)
    return np.where(guest, rows["end_users"] + below(draw, np.maximum(rows["guests"], 1)), honest)


def sent(behaviour: npt.NDArray[Any], events: Events, tuples: Index | None = None) -> npt.NDArray[Any]:
    """The writer's behaviour for each event. Cover has words, lengths and (out of `tuples`) parameters of a person."""
    rows: npt.NDArray[Any] = behaviour[events.writer]
    at = np.flatnonzero(ordinary(behaviour, events))
    if not len(at):
        return rows
    person = np.maximum(mix(events.writer[at], rows["template"][at], 147), 1)
    reported = rows["end_users"][at] > 0
    individual = np.where(reported, mix(person, end_users(behaviour, events)[at]), person)
    spoken = below(mix(individual, 151), 2 * len(LANGUAGES))
    rows["person"][at] = person
    rows["mixture"][at] = np.where(unit(mix(individual, 145)) < 0.4, mixture("developer"), mixture("household"))
    rows["language"][at] = np.where(reported & (spoken < len(LANGUAGES)), spoken, 0)
    rows["style"][at] = unit(mix(individual, 149)) < 0.25
    rows["output"][at] = 220.0 * np.exp(0.8 * (unit(mix(individual, 153)) - 0.5))
    rows["spread"][at], rows["thinks"][at] = 0.8, 0.15
    for name in ("wrapper", "wrapper_two", "system", "tools"):
        rows[name][at] = -1
    if tuples is not None:
        rows["parameters"][at] = tuples[below(mix(individual, 155), len(tuples))]
    return rows
