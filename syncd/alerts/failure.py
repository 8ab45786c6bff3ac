"""Why somebody could not be told, and an end to waiting for servers that do not answer."""

import ssl
import threading
from collections.abc import Callable
from datetime import timedelta
from socket import gaierror
from typing import Final

from syncd.text import Text, system_said, text

#: How long one answer of a server may take.
TIMEOUT: Final = timedelta(seconds=10)
#: How long it may take in all to tell somebody by one way. A daemon that is asked to stop lets this
#: come to its end, so that nobody is told again by the next one.
AT_MOST: Final = timedelta(seconds=15)


class NotTold(Exception):
    """Somebody could not be told; the sentence holds no secret."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


def reason_of(error: OSError) -> Text:
    """Return what a connection ran into, in words that hold no address and no secret."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return text("the certificate is not accepted: {reason}", reason=error.verify_message)
    if isinstance(error, ssl.SSLError):
        return text("TLS failed: {reason}", reason=(error.reason or "").replace("_", " ").lower())
    if isinstance(error, gaierror):
        return text("the host name is not known")
    if isinstance(error, TimeoutError):
        return text("no answer within {seconds:g} s", seconds=TIMEOUT.total_seconds())
    return system_said(error)


def within(work: Callable[[], None], at_most: timedelta = AT_MOST) -> None:
    """Do something that waits for a server, and go on without it where it takes too long.

    Time-outs of sockets are for one answer each: a server that sends a byte now and then would
    keep the daemon from its work for ever. What is left behind ends with its socket.

    Raises:
        NotTold: It failed, or took too long.
    """
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits for it
            failed.append(error)

    thread = threading.Thread(target=run, name="alert", daemon=True)
    thread.start()
    thread.join(at_most.total_seconds())
    if thread.is_alive():
        raise NotTold(text("no answer within {seconds:g} s", seconds=at_most.total_seconds()))
    if failed:
        raise failed[0]
