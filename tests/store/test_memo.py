"""The bounded memory."""

from bot.store.memo import Memo


def test_the_least_recently_used_goes_first() -> None:
    memo: Memo[str, int] = Memo(2)
    memo.put("a", 1)
    memo.put("b", 2)
    assert memo.get("a") == 1

    memo.put("c", 3)

    assert (memo.get("a"), memo.get("b"), memo.get("c")) == (1, None, 3)


def test_weights_count_and_are_given_back() -> None:
    memo: Memo[str, int] = Memo(10)
    memo.put("a", 1, 6)
    memo.put("a", 2, 6)
    memo.put("b", 3, 4)
    assert (memo.get("a"), memo.get("b")) == (2, 3)

    memo.put("c", 4, 10)
    assert (memo.get("a"), memo.get("b"), memo.get("c")) == (None, None, 4)


def test_what_is_too_heavy_is_not_kept_and_drops_nothing() -> None:
    memo: Memo[str, int] = Memo(10)
    memo.put("a", 1, 5)
    memo.put("b", 2, 11)

    assert (memo.get("a"), memo.get("b")) == (1, None)
