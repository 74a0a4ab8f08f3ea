from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stillwatch.simulate.exchanges import account_ids

Ask = Callable[[str], list[tuple[object, ...]]]


def test_ids_do_not_follow_the_order_of_making() -> None:
    ids = np.array(account_ids(77, np.arange(3_000)).to_pylist())
    assert len(set(ids)) == 3_000
    rank = np.argsort(np.argsort(ids))
    assert abs(np.corrcoef(rank, np.arange(3_000))[0, 1]) < 0.08
    assert account_ids(78, np.arange(5)).to_pylist() != ids[:5].tolist()


def test_required_columns_and_ids_are_whole(ask: Ask) -> None:
    assert ask(
        "SELECT count(*) = count(ts), count(*) = count(DISTINCT exchange_id), count(*) = count(account_id), "
        "count(*) = count(ip), count(*) = count(asn), count(*) = count(prompt) FROM exchanges"
    ) == [(True,) * 6]
    assert ask("SELECT count(*) FROM exchanges ANTI JOIN accounts USING (account_id)") == [(0,)]


def test_a_refused_request_has_no_answer(ask: Ask) -> None:
    rows = ask("SELECT status = 200, count(*), count(output_tokens), count(finish_reason) FROM exchanges GROUP BY 1")
    outcome = {bool(row[0]): row[1:] for row in rows}
    assert len(set(outcome[True])) == 1
    assert outcome[False][0] > 0
    assert outcome[False][1:] == (0, 0)


def test_output_is_cut_at_the_limit(ask: Ask) -> None:
    assert ask("SELECT count(*) FROM exchanges WHERE output_tokens > max_tokens") == [(0,)]
    cut = ask(
        "SELECT count(*), count(*) FILTER (output_tokens = max_tokens) FROM exchanges WHERE finish_reason = 'length'"
    )
    assert cut[0][0] == cut[0][1] > 0


def test_only_conversations_have_a_session_and_only_later_turns_a_history(ask: Ask) -> None:
    assert ask("SELECT count(*) FROM exchanges WHERE turns > 1 AND session_id IS NULL") == [(0,)]
    assert ask("SELECT count(*) FROM exchanges WHERE (messages IS NOT NULL) <> (turns IN (2, 3))") == [(0,)]


def test_end_users_are_reported_by_resellers_alone(ask: Ask) -> None:
    rows = ask(
        "SELECT role, count(DISTINCT end_user_id) FROM exchanges JOIN truth USING (account_id) "
        "WHERE end_user_id IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    assert [row[0] for row in rows] == ["reseller", "undeclared-reseller"]
    assert all(int(str(row[1])) > 100 for row in rows)


def test_a_host_stays_with_a_household_and_moves_with_a_proxy(ask: Ask) -> None:
    rows = ask(
        "SELECT role = 'campaign', avg(addresses / requests) FROM (SELECT role, count(DISTINCT ip) addresses, "
        "count(*) requests FROM exchanges JOIN truth USING (account_id) WHERE role IN ('campaign', 'household') "
        "GROUP BY role, account_id HAVING count(*) > 30) GROUP BY 1"
    )
    share = {bool(ring): float(str(value)) for ring, value in rows}
    assert share[True] > 0.8
    assert share[False] < 0.2
