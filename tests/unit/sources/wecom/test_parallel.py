"""Many calls at once."""

import threading

import pytest

from syncd.sources.wecom.parallel import in_parallel


def test_every_item_has_its_result():
    assert sorted(in_parallel(lambda n: n * n, range(50), 4)) == [(n, n * n) for n in range(50)]


def test_nothing_to_do_is_done():
    assert list(in_parallel(lambda n: n, [], 4)) == []


def test_as_many_work_at_once_as_are_allowed():
    gate = threading.Barrier(3, timeout=5)
    assert len(list(in_parallel(lambda _: gate.wait(), range(3), 3))) == 3


def test_the_first_error_is_raised_and_nothing_more_is_begun():
    begun = []

    def work(n):
        begun.append(n)
        raise KeyError(n)

    with pytest.raises(KeyError):
        list(in_parallel(work, range(100), 2))
    assert len(begun) <= 2


def test_who_stops_listening_stops_the_work():
    begun = []
    release = threading.Event()

    def work(n):
        begun.append(n)
        if n > 0:
            release.wait(5)

    results = in_parallel(work, range(100), 2)
    next(iter(results))
    threading.Timer(0.02, release.set).start()
    results.close()
    assert len(begun) <= 3


def test_a_call_that_hangs_does_not_keep_the_process():
    release = threading.Event()

    def work(n):
        if n == 0:
            release.wait(30)
            return
        raise ValueError(n)

    with pytest.raises(ValueError, match="1"):
        list(in_parallel(work, range(2), 2))
    assert all(t.daemon for t in threading.enumerate() if t.name.startswith("wecom-"))
    release.set()
