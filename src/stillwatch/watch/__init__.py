"""Daily operation: looks at a lake that grows, campaigns that keep their names, and what reviewers said of them."""

from stillwatch.watch.look import take_look
from stillwatch.watch.records import Change, Known, Look, State, Verdict
from stillwatch.watch.repeat import keep_watching
from stillwatch.watch.verdicts import give_verdict

__all__ = ["Change", "Known", "Look", "State", "Verdict", "give_verdict", "keep_watching", "take_look"]
