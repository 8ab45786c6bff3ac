"""Many calls at once, by threads that never keep the process from ending."""

import threading
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import TypeVar

_GRACE_SECONDS = 1.0
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_parallel(
    function: Callable[[_Item], _Result], items: Iterable[_Item], workers: int
) -> Iterator[tuple[_Item, _Result]]:
    """Yield each item with its result, in the order in which they are done.

    The threads are daemons, unlike those of `concurrent.futures`: a server that hangs does not
    hold up Ctrl-C or SIGTERM. After an error, or when the caller stops listening, no further
    item is begun.

    Raises:
        BaseException: whatever `function` raised first.
    """
    todo = list(items)
    done: SimpleQueue[tuple[_Item, _Result] | BaseException] = SimpleQueue()
    waiting = iter(todo)
    lock, stopped = threading.Lock(), threading.Event()

    def work() -> None:
        while not stopped.is_set():
            with lock:
                item = next(waiting, _END)
            if isinstance(item, _End):
                return
            try:
                done.put((item, function(item)))
            except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
                done.put(error)
                return

    threads = [
        threading.Thread(target=work, name=f"wecom-{number}", daemon=True)
        for number in range(min(workers, len(todo)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in todo:
            outcome = done.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome
    finally:
        stopped.set()
        # Calls that are answered now end in good order; those that hang are left to themselves.
        for thread in threads:
            thread.join(_GRACE_SECONDS / len(threads))


class _End:
    """What stands for the end of the items."""


_END = _End()
