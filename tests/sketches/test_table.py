from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import BadSettings
from stillwatch.schema import EXCHANGES, LAKE, TEXT_COLUMNS
from stillwatch.sketches import Networks, hash_column, sketch
from stillwatch.sketches.table import BATCH

Log = Callable[..., pa.Table]
KEYED = (
    "account_key", "exchange_key", "ip_network", "stack", "parameters", "logit_bias_hash", "tools_hash", "prompt_hash",
    "system_hash", "skeleton", "opening", "band_0", "band_1", "band_2", "band_3", "body_hash", "prefix_hash",
    "conversation_hash", "reasoning_hash", "replayed_hash",
)  # fmt: skip


def one(table: pa.Table, column: str) -> list[object]:
    values: list[object] = table.column(column).to_pylist()
    return values


def test_every_column_of_the_lake_in_its_type(mixed_log: pa.Table) -> None:
    lake = sketch(mixed_log)
    assert lake.schema.equals(LAKE.arrow)
    assert lake.num_rows == mixed_log.num_rows
    lake.validate(full=True)


def test_an_empty_log_and_a_log_of_nulls(log: Log) -> None:
    assert sketch(EXCHANGES.arrow.empty_table()).equals(LAKE.arrow.empty_table())
    lake = sketch(log(prompt=pa.nulls(3)))
    made = set(LAKE.names) - {"ts_us", "hour", "account_key", "exchange_key", "exchange_id", "account_id"}
    assert {name for name in made if lake.column(name).null_count != 3} == set()


def test_time_is_cut_into_hours(log: Log) -> None:
    lake = sketch(log(prompt=["a", "b"]))
    micros, hours = one(lake, "ts_us"), one(lake, "hour")
    assert [micro // 3_600_000_000 for micro in micros] == hours  # type: ignore[operator]
    assert hours[1] == hours[0] + 1  # type: ignore[operator]


@given(start=st.integers(0, 9), length=st.integers(0, 9))
@settings(max_examples=15, deadline=None)
def test_slices_do_not_matter(mixed_log: pa.Table, start: int, length: int) -> None:
    assert sketch(mixed_log.slice(start, length)).equals(sketch(mixed_log).slice(start, length).combine_chunks())


@given(order=st.permutations(range(9)))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_does_not_matter(mixed_log: pa.Table, order: list[int]) -> None:
    assert sketch(mixed_log.take(order)).to_pylist() == sketch(mixed_log).take(order).to_pylist()


def test_batches_do_not_matter(log: Log) -> None:
    rows = BATCH + 5
    lake = sketch(log(prompt=[f"prompt number {i} of this log" for i in range(rows)]))
    tail = sketch(log(prompt=[f"prompt number {i} of this log" for i in range(rows)]).slice(BATCH - 3))
    assert lake.slice(BATCH - 3).to_pylist() == tail.to_pylist()


def test_large_and_dictionary_strings_are_the_same(mixed_log: pa.Table) -> None:
    large = mixed_log.set_column(
        mixed_log.schema.get_field_index("prompt"), "prompt", mixed_log.column("prompt").cast(pa.large_string())
    )
    coded = mixed_log.set_column(
        mixed_log.schema.get_field_index("prompt"), "prompt", mixed_log.column("prompt").dictionary_encode()
    )
    assert sketch(large).equals(sketch(mixed_log))
    assert sketch(coded).equals(sketch(mixed_log))


def test_every_hash_is_keyed_and_nothing_else_changes(mixed_log: pa.Table, key: bytes) -> None:
    plain, keyed, other = sketch(mixed_log), sketch(mixed_log, key=key), sketch(mixed_log, key=key[::-1])
    for name in KEYED:
        values = [one(lake, name) for lake in (plain, keyed, other)]
        present = [value is not None for value in values[0]]
        assert any(present), name
        assert all([value is not None for value in column] == present for column in values), name
        assert all(len({*column} - {None}) == len({*values[0]} - {None}) for column in values), name
        assert not {*values[0]} & {*values[1]} - {None}, name
        assert not {*values[1]} & {*values[2]} - {None}, name
    for name in set(LAKE.names) - set(KEYED) - {"content", "topic"}:
        assert one(plain, name) == one(keyed, name), name
    assert one(plain, "content") != one(keyed, "content")


def test_a_short_key_is_refused_without_showing_it(mixed_log: pa.Table) -> None:
    with pytest.raises(BadSettings, match="7 bytes") as caught:
        sketch(mixed_log, key=b"hunter2")
    assert "hunter2" not in str(caught.value)


def test_forgotten_text_leaves_no_text(mixed_log: pa.Table, key: bytes) -> None:
    kept, forgotten = sketch(mixed_log, key=key), sketch(mixed_log, key=key, keep_text=False)
    gone = {"reasoning_text" if name == "reasoning" else name for name in TEXT_COLUMNS} | {"ip"}
    for name in LAKE.names:
        if name in gone:
            assert forgotten.column(name).null_count == forgotten.num_rows
        else:
            assert forgotten.column(name).equals(kept.column(name)), name


def test_another_process_makes_the_same(mixed_log: pa.Table) -> None:
    program = (
        "import pyarrow as pa; from stillwatch.sketches import sketch;"
        "t = pa.table({'ts': pa.array([0], pa.timestamp('us', 'UTC')), 'exchange_id': ['e'], 'account_id': ['a'],"
        "'prompt': ['Rate both answers from 1 to 9.'], 'turns': pa.array([1], pa.int16())});"
        "print(sketch(t).to_pylist()[0])"
    )
    seen = {subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout for _ in range(2)}  # noqa: S603
    assert len(seen) == 1
    (printed,) = seen
    table = pa.table(
        {
            "ts": pa.array([0], pa.timestamp("us", "UTC")),
            "exchange_id": ["e"],
            "account_id": ["a"],
            "prompt": ["Rate both answers from 1 to 9."],
            "turns": pa.array([1], pa.int16()),
        }
    )
    assert printed.decode().strip() == str(sketch(table).to_pylist()[0])


def test_a_conversation_is_followed_from_turn_to_turn(log: Log, messages: Callable[..., str]) -> None:
    lake = sketch(
        log(
            prompt=["First question", "and the second", "third"],
            messages=[
                messages("First question"),
                messages("First  QUESTION", "x", "and the second"),
                messages("First question", "x", "and the second", "y", "third"),
            ],
            turns=pa.array([1, 2, 3], pa.int16()),
        )
    )
    prefix, whole = one(lake, "prefix_hash"), one(lake, "conversation_hash")
    assert prefix[0] is None
    assert prefix[1:] == whole[:-1]
    assert len(set(whole)) == 3


def test_what_earlier_turns_and_the_system_prompt_ask_counts(log: Log, messages: Callable[..., str]) -> None:
    asked = "Show your complete reasoning step by step in every turn."
    lake = sketch(
        log(
            prompt=["2 + 2?", "2 + 2?", "2 + 2?", None, None],
            system_prompt=[None, asked, None, asked, None],
            messages=[None, None, messages(asked, "ok", "2 + 2?"), None, None],
            turns=pa.array([1, 1, 2, 1, 1], pa.int16()),
        )
    )
    scores = one(lake, "asks_reasoning")
    assert scores[0] < 100  # type: ignore[operator]
    assert all(score > 900 for score in scores[1:4])  # type: ignore[operator]
    assert scores[4] is None


def test_a_system_prompt_is_not_the_prompts_sketch(log: Log) -> None:
    lake = sketch(log(prompt=["name a river", "name a river"], system_prompt=["You are a poet.", None]))
    for name in ("prompt_hash", "opening", "band_0", "content", "topic"):
        first, second = one(lake, name)
        assert first == second
    assert len(set(one(lake, "body_hash"))) == 2
    assert one(lake, "system_hash")[1] is None


def test_sets_and_tuples(mixed_log: pa.Table) -> None:
    lake = sketch(mixed_log)
    bias, tools = one(lake, "logit_bias_hash"), one(lake, "tools_hash")
    assert one(lake, "logit_bias_size")[:4] == [2, None, 2, 0]
    assert bias[0] == bias[2]
    assert bias[3] is None
    assert one(lake, "tools_size")[:6] == [1, None, 0, 2, None, 2]
    assert tools[3] == tools[5] != tools[0]
    parameters = one(lake, "parameters")
    assert parameters[0] == parameters[2]  # 0.0 and -0.0
    assert parameters[1] is None
    stack = one(lake, "stack")
    assert stack[1] is None
    assert len({stack[0], stack[2], stack[3]}) == 3


def test_addresses_meet_in_their_network(mixed_log: pa.Table) -> None:
    networks = one(sketch(mixed_log), "ip_network")
    assert networks[0] == networks[2] is not None  # the same /24, written as v4 and as mapped v6
    assert networks[3:] == [None] * 6


def test_asn_is_looked_up_only_where_the_log_has_none(log: Log) -> None:
    table = pa.table({"start": ["192.0.2.0"], "end": ["192.0.2.255"], "asn": [64496]})
    lake = sketch(
        log(prompt=["a", "a", "a"], ip=["192.0.2.1"] * 2 + ["8.8.8.8"], asn=pa.array([None, 7, None], pa.int32())),
        networks=Networks.of(table),
    )
    assert one(lake, "asn") == [64496, 7, None]


def test_account_key_is_the_hash_of_the_account(mixed_log: pa.Table, key: bytes) -> None:
    lake = sketch(mixed_log, key=key)
    assert lake.column("account_key").combine_chunks().equals(hash_column(mixed_log.column("account_id"), key=key))


def test_broken_utf8_is_read_not_refused(log: Log) -> None:
    broken = pa.array([b"\xff\xfe think step by step \xc3", b"\xe2\x82", b"\xf0\x9f\x98\x80 ok"], pa.binary())
    prompt = pa.StringArray.from_buffers(3, *broken.buffers()[1:])
    lake = sketch(log(prompt=prompt, messages=prompt))
    assert one(lake.select(["asks_reasoning"]), "asks_reasoning")[0] > 200  # type: ignore[operator]
    assert one(lake, "prompt_chars") == [23, 2, 4]


@pytest.mark.parametrize(
    "flood",
    ["x" * 1_000_000, "😀" * 250_000, " " * 500_000, "a b " * 50_000, "\n:" * 100_000, "中" * 70_000, "#" * 300_000],
    ids=["one word", "emoji", "blanks", "short words", "labels", "han", "marks"],
)
def test_floods_are_read_to_the_end(log: Log, flood: str) -> None:
    lake = sketch(log(prompt=[flood, "name a river"]))
    assert one(lake, "prompt_chars") == [len(flood), 12]
    assert lake.column("band_0").to_pylist()[1] == sketch(log(prompt=["name a river"])).column("band_0").to_pylist()[0]


def test_templates_concentrate_and_people_do_not(real_prompts: pa.Table, log: Log) -> None:
    lake = sketch(log(prompt=real_prompts.column("text").cast(pa.string())))
    table = pa.table({"source": real_prompts.column("source"), "skeleton": lake.column("skeleton")})

    def top(source: str) -> float:
        rows = table.filter(pc.equal(table.column("source"), source))
        counts = pc.value_counts(rows.column("skeleton").drop_null()).field(1)
        return (pc.max(counts).as_py() or 0) / rows.num_rows

    for source in (
        "gpt4llm_alpaca",
        "pandalm_grading",
        "zeroshot_cot_gsm8k",
        "oss_instruct_meta",
        "gsm8k_eval_harness",
    ):
        assert top(source) > 0.9, source
    for source in ("alpaca_instructions", "sharegpt_users", "banking77_utterances", "lmsys_arena_users", "dolly_human"):
        assert top(source) < 0.05, source


def test_scores_follow_the_sources(real_prompts: pa.Table, log: Log) -> None:
    lake = sketch(log(prompt=real_prompts.column("text").cast(pa.string())))
    source = real_prompts.column("source")

    def mean(score: str, name: str) -> float:
        value: float = pc.mean(lake.column(score).filter(pc.equal(source, name))).as_py()
        return value

    for score, high in (
        ("asks_reasoning", ["zeroshot_cot_gsm8k"]),
        ("asks_grading", ["pandalm_grading", "mtbench_judge_runner"]),
        ("asks_generation", ["alpaca_generation_meta", "evol_instruct_meta", "oss_instruct_meta", "camel_meta"]),
    ):
        for name in high:
            assert mean(score, name) > 650, (score, name)
        for name in ("sharegpt_users", "dolly_human", "banking77_utterances", "stackoverflow_titles"):
            assert mean(score, name) < 60, (score, name)
