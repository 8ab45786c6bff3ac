"""Keeps the lease alive while a run lasts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from syncd.errors import StaleWrite, StoreBusy, StoreError
from syncd.store.lease import RENEW_EVERY
from syncd.store.store import Store

log = structlog.get_logger(__name__)


@contextmanager
def kept_alive(store: Store, token: int | None) -> Iterator[None]:
    """Renew the lease in a thread until the block ends; nothing to do without a lease.

    A lease that was lost is noticed where it matters: the transaction that applies checks it.
    """
    if token is None:
        yield
        return
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_EVERY.total_seconds()):
            try:
                store.renew_lease(token)
            except StaleWrite:
                return
            except StoreBusy:
                # Our own plan is being applied, and whoever asks for the lease sees that.
                log.debug("lease_renewal_postponed")
            except StoreError as error:
                log.warning("lease_not_renewed", reason=error.message)

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
