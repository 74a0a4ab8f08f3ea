"""Prompts, system prompts and conversations of events, a whole column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.simulate import blocks
from stillwatch.simulate.cover import end_users, ordinary, sent
from stillwatch.simulate.events import Events
from stillwatch.simulate.grammar import Grammar
from stillwatch.simulate.keys import Keys, below, mix, unit
from stillwatch.simulate.library import Library
from stillwatch.simulate.roster import Roster
from stillwatch.simulate.voices import LOOSE, SETS, TECHNICAL, choose_sets

__all__ = ["Text", "Words"]

Index = npt.NDArray[np.int64]
LAST_LOGGED_TURN = 2  # longer conversations are logged without their history
_TEMPLATED = np.isin(SETS, ["batch_job", "product_check", "assignment_turn", "viral_turn", "probe"])
_WRAPPED_SHARE = 0.5  # of prompts out of a library, which carry their campaign's own template already
_PARAPHRASED_SHARE = 0.6  # of prompts of an account that hides its template; the rest are bare
_REPLIES = pa.array(
    [
        "Done. All tests pass now.", "I changed the function and its callers.", "Here is what I found so far.",
        "That file does not exist; I looked in the parent folder.", "The cause is a missing check at the start.",
        "I would split this in two steps.", "Sure. Which of the two do you mean?", "There are three ways to do it.",
        "The short answer is no.", "I ran the command; its output is above.", "Please send me the rest of the text.",
        "It depends on how much time you have.", "The second option is safer.", "I have written the test first.",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """The words of events: arrays of equal length; system prompt and messages may be NULL."""

    prompt: pa.Array
    system: pa.Array
    messages: pa.Array
    turns: Index  # user turns of each request
    replays: npt.NDArray[np.bool_]  # presents a reasoning block of somebody else's


class Words:
    """Makes the words. `pools` are the rows of the library that each campaign works through."""

    def __init__(self, roster: Roster, grammar: Grammar, library: Library | None, pools: dict[int, Index]):
        self._roster, self._grammar, self._library, self._pools = roster, grammar, library, pools
        own = [*roster.systems, *(system for system, _, _ in roster.wrappers), None]
        self._systems = pa.array(own, pa.string())
        self._heads = pa.array([*(head for _, head, _ in roster.wrappers), ""], pa.string())
        self._tails = pa.array([*(tail for _, _, tail in roster.wrappers), ""], pa.string())
        self.blocks = bool((roster.behaviour["replay"] > 0).any())  # whether clients send reasoning blocks back

    def write(self, events: Events) -> Text:
        """The words of events, in their order."""
        prompt, wrapper = self._prompts(events, events.turn)
        rows = sent(self._roster.behaviour, events)
        system = np.where(rows["system"] >= 0, rows["system"], len(self._systems) - 1)
        system = np.where(wrapper >= 0, len(self._roster.systems) + wrapper, system)
        messages, turns = self._history(events, prompt), events.turn + 1
        replays = blocks.replays(events, rows)
        if replays.any():
            prompt, messages, turns = self._present(events, rows, replays, prompt, messages)
        return Text(prompt, self._systems.take(pa.array(system)), messages, turns, replays)

    def _prompts(self, events: Events, turn: Index) -> tuple[pa.Array, Index]:
        """Prompts of the given turns of the events' conversations, and their wrappers (-1: none)."""
        rows = sent(self._roster.behaviour, events)
        key, person = self._keys(events, turn)
        sets = choose_sets(rows["mixture"].astype(np.int64), person, key)
        shelf_row = self._shelf_rows(events, key)
        written = np.flatnonzero(shelf_row < 0)
        fixed = np.where(_TEMPLATED[sets], rows["template"], key)
        frames = self._grammar.frames(
            rows["language"][written].astype(np.int64), sets[written], SETS, person[written], fixed[written]
        )
        topics = self._grammar.topics(frames, TECHNICAL[sets[written]], person[written], key[written])
        made = self._grammar.render(frames, topics, person[written], key[written], rows["template"][written])
        if self._library is not None and len(written) < len(events):
            found = self._library.texts.take(pa.array(shelf_row[shelf_row >= 0])).cast(pa.string())
            place = np.empty(len(events), dtype=np.int64)
            place[written] = np.arange(len(written))
            place[shelf_row >= 0] = len(written) + np.arange(len(found))
            made = pa.concat_arrays([made, found]).take(pa.array(place))
        lower = rows["style"] == 1
        if lower.any():
            mask = pa.array(lower)
            made = pc.replace_with_mask(made, mask, pc.utf8_lower(made.filter(mask)))
        again = (rows["samples"] > 1) & (events.pool >= 0)
        key = np.where(again, mix(key, events.session), key)  # the wrapper varies from sample to sample
        again &= (turn == 0) & (unit(mix(events.session, 169)) < 1.0 - 1.0 / np.maximum(rows["samples"], 1))
        if again.any():
            made = self._append(made, np.flatnonzero(again), self._grammar.frame_range("en", "again_suffix"), key)
        wrapper = self._wrappers(rows["wrapper"], rows["wrapper_two"], key, shelf_row >= 0)
        return self._wrap(made, wrapper, rows["loose"], key), np.maximum(wrapper, -1)

    def _keys(self, events: Events, turn: Index) -> tuple[Keys, Keys]:
        """What each text depends on: the pool's place, the suite's question, or the conversation's turn."""
        rows = sent(self._roster.behaviour, events)
        own = mix(events.session, turn)
        question = below(mix(own, 3), np.maximum(rows["suite"], 1))
        key = np.where(rows["suite"] > 0, mix(rows["template"], 5, question), own)
        dealt = (events.pool >= 0) & (rows["suite"] == 0)
        key = np.where(dealt, mix(rows["template"], 7, events.pool, turn), key)
        user = mix(rows["person"], end_users(self._roster.behaviour, events))
        person = np.where((rows["end_users"] > 0) & (rows["person"] != 0), user, rows["person"])
        return key, person

    def _shelf_rows(self, events: Events, key: Keys) -> Index:
        """Rows of the library, -1 where the grammar writes."""
        rows = self._roster.behaviour[events.writer]
        result = np.full(len(events), -1)
        if self._library is None:
            return result
        cover = ordinary(self._roster.behaviour, events)
        shelved = (rows["shelf"] >= 0) & ((rows["campaign"] < 0) | cover)
        start = np.where(rows["end_users"] > 0, self._library.start[np.maximum(rows["shelf"], 0)], rows["shelf_start"])
        size = np.where(rows["end_users"] > 0, self._library.size[np.maximum(rows["shelf"], 0)], rows["shelf_size"])
        result[shelved] = (start + below(mix(key, 47), size))[shelved]
        for number, pool in self._pools.items():
            mine = (rows["campaign"] == number) & ~cover & (len(pool) > 0)
            if mine.any():
                result[mine] = pool[events.pool[mine] % len(pool)]
        return result

    @staticmethod
    def _wrappers(one: Index, two: Index, key: Keys, from_library: npt.NDArray[np.bool_]) -> Index:
        wrapper = np.where(unit(mix(key, 61)) < 0.7, one, two).astype(np.int64)
        bare = (wrapper == -2) & (unit(mix(key, 62)) >= _PARAPHRASED_SHARE)
        bare |= from_library & (unit(mix(key, 63)) >= _WRAPPED_SHARE)
        return np.where(bare, -1, wrapper)

    def _wrap(self, prompt: pa.Array, wrapper: Index, loose: Index, key: Keys) -> pa.Array:
        touched = np.flatnonzero(wrapper != -1)
        if not len(touched):
            return prompt
        style, texts = wrapper[touched], prompt.take(pa.array(touched))
        at = pa.array(np.where(style >= 0, style, len(self._heads) - 1))
        texts = pc.binary_join_element_wise(self._heads.take(at), texts, self._tails.take(at), "")
        hidden = np.flatnonzero(style == -2)
        if len(hidden):
            ranges = np.array([self._grammar.frame_range("en", name) for name in LOOSE])
            chosen = ranges[loose[touched[hidden]].astype(np.int64)]
            texts = self._append(texts, hidden, (chosen[:, 0], chosen[:, 1]), key[touched])
        return pc.replace_with_mask(prompt, pa.array(wrapper != -1), texts)

    def _append(self, texts: pa.Array, at: Index, frames: tuple[int | Index, int | Index], key: Keys) -> pa.Array:
        """The texts, those at `at` with a tail out of the frames (first, number) behind them, drawn by their keys."""
        drawn = frames[0] + below(mix(key[at], 64), frames[1])
        nobody = np.zeros(len(at), dtype=np.uint64)
        tails = self._grammar.render(drawn, np.zeros(len(at), dtype=np.int64), nobody, key[at], key[at])
        mask = np.zeros(len(texts), dtype=np.bool_)
        mask[at] = True
        joined = pc.binary_join_element_wise(texts.take(pa.array(at)), tails, "")
        return pc.replace_with_mask(texts, pa.array(mask), joined)

    def _present(
        self,
        events: Events,
        rows: npt.NDArray[Any],
        replays: npt.NDArray[np.bool_],
        prompt: pa.Array,
        messages: pa.Array,
    ) -> tuple[pa.Array, pa.Array, Index]:
        """Prompt, messages and turns where some requests present a block: a question, its block, the wish to see it."""
        at = np.flatnonzero(replays)
        first, count = self._grammar.frame_range("en", "replay_ask")
        key = mix(events.session[at], 171)
        nothing = np.zeros(len(at), dtype=np.int64)
        asks = self._grammar.render(first + below(key, count), nothing, nothing.astype(np.uint64), key, key)
        reply = _REPLIES.take(pa.array(below(mix(key, 51), len(_REPLIES))))
        answer = blocks.quote(reply, blocks.replayed(events.take(at), rows[at]), np.ones(len(at), dtype=np.bool_))
        whole = pc.binary_join_element_wise(
            '[{"role":"user","content":"', _escape(prompt.take(pa.array(at))), '"},', answer,
            ',{"role":"user","content":"', _escape(asks), '"}]', "",
        )  # fmt: skip
        mask = pa.array(replays)
        turns = np.where(replays, 2, events.turn + 1)
        return pc.replace_with_mask(prompt, mask, asks), pc.replace_with_mask(messages, mask, whole), turns

    def _history(self, events: Events, prompt: pa.Array) -> pa.Array:
        """The whole request as JSON for second and third turns; NULL elsewhere."""
        result = pa.nulls(len(events), pa.string())
        for turns in range(1, LAST_LOGGED_TURN + 1):
            rows = np.flatnonzero(events.turn == turns)
            if not len(rows):
                continue
            chosen = events.take(rows)
            pieces: list[object] = ["["]
            for turn in range(turns):
                before = self._prompts(chosen, np.full(len(rows), turn))[0]
                reply = below(mix(chosen.session, turn, 51), len(_REPLIES))
                past = np.full(len(rows), turn)
                mine = sent(self._roster.behaviour, chosen)
                shown = self.blocks & blocks.thought(chosen, mine["thinks"], past)
                answer = blocks.quote(_REPLIES.take(pa.array(reply)), blocks.issued(chosen, mine, past), shown)
                pieces += ['{"role":"user","content":"', _escape(before), '"},', answer, ","]
            pieces += ['{"role":"user","content":"', _escape(prompt.take(pa.array(rows))), '"}]']
            result = pc.replace_with_mask(
                result, pa.array(events.turn == turns), pc.binary_join_element_wise(*pieces, "")
            )
        return result


def _escape(texts: pa.Array) -> pa.Array:
    """Texts as the inside of JSON strings."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        texts = pc.replace_substring(texts, plain, escaped)
    return pc.replace_substring_regex(texts, r"[\x00-\x1f]", " ")
