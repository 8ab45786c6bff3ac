"""ldap3's synchronous strategy with a reader of our own for search entries.

ldap3 decodes every value twice and asks its configuration about each of them: nine tenths of the
time of a reading (docs/performance.md). Everything else stays with it: connection, TLS, bind,
requests, controls, results, referrals, and every message that is not a plain entry.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ldap3 import DIGEST_MD5
from ldap3.core.exceptions import (
    LDAPExceptionError,
    LDAPExtensionError,
    LDAPSocketReceiveError,
    communication_exception_factory,
)
from ldap3.strategy.base import (
    RESPONSE_COMPLETE,
    SESSION_TERMINATED_BY_SERVER,
    TRANSACTION_ERROR,
)
from ldap3.strategy.sync import SyncStrategy
from ldap3.utils.asn1 import decode_message_fast

from syncd.sources.ldap import ber

#: Bytes asked of the socket at a time.
_BLOCK = 256 * 1024
_DISCONNECTION = "1.3.6.1.4.1.1466.20036"  # RFC 4511, 4.4.1
_TRANSACTION = "2.16.840.1.113719.1.27.103.4"
_NOT_LAST = frozenset({"searchResEntry", "searchResRef", "intermediateResponse"})


def read_leanly(connection: Any) -> None:
    """Give an ldap3 connection of the strategy SYNC, not yet open, the lean reader.

    Its entries have `raw_dn`, `dn` and `raw_attributes`, without ldap3's decoded `attributes`, so
    the connection must be made with `return_empty_attributes=False`.

    Raises:
        ValueError: The connection is of another kind.
    """
    if type(connection.strategy) is not SyncStrategy or connection.empty_attributes:
        raise ValueError("the lean reader needs SYNC and return_empty_attributes=False")
    strategy = connection.strategy = LeanStrategy(connection)
    connection.send = strategy.send
    connection.open = strategy.open
    connection.get_response = strategy.get_response
    connection.post_send_single_response = strategy.post_send_single_response
    connection.post_send_search = strategy.post_send_search


@contextmanager
def handing_over(connection: Any, take: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Let each answer of a search be taken as it comes, while the server makes the next ones.

    Where ldap3's own reader reads, they all stand in `connection.response` as ever; those that
    were taken do not.
    """
    connection.strategy.take = take
    try:
        yield
    finally:
        connection.strategy.take = None


class LeanStrategy(SyncStrategy):  # type: ignore[misc] # ldap3 ships no types
    """Decodes plain search entries in one pass; the rest is ldap3's."""

    def __init__(self, connection: Any) -> None:
        """Serve one connection."""
        super().__init__(connection)
        self._names: dict[bytes, str] = {}
        #: Who takes each answer but the last as it comes; None: they are returned together.
        self.take: Callable[[dict[str, Any]], None] | None = None

    def _get_response(self, message_id: int, timeout: float) -> Any:
        """Return the answers to a request, the last one its result, in ldap3's own form.

        Raises:
            LDAPException: The server answered something else, or the connection broke.
            Malformed: What it sent is no LDAP message.
        """
        if self._is_for_the_stock_reader():
            return super()._get_response(message_id, timeout)
        answers: list[Any] = []
        take = self.take or answers.append
        for data, start, stop in ber.messages(self._receive):
            parts = ber.envelope(data, start, stop)
            answer = self._entry(data, parts) or self._decoded(data[start:stop])
            if parts.message_id != message_id:
                return self._unsolicited(parts.message_id, answer)
            if answer["type"] not in _NOT_LAST:
                # What came in the clear must never be taken for what follows StartTLS.
                if stop != len(data):
                    raise self._failure(LDAPSocketReceiveError, "data after the last answer")
                return [*answers, answer, RESPONSE_COMPLETE]
            take(answer)
        return SESSION_TERMINATED_BY_SERVER

    def _is_for_the_stock_reader(self) -> bool:
        """Return whether messages are signed one by one, or each is to be counted."""
        connection = self.connection
        is_signed = connection.sasl_mechanism == DIGEST_MD5 and connection._digest_md5_kis  # noqa: SLF001 - ldap3 has no other way to ask
        return bool(is_signed or connection.usage)

    def _receive(self) -> bytes:
        """Return what has arrived; nothing where the server has closed the connection."""
        try:
            received: bytes = self.connection.socket.recv(_BLOCK)
        except OSError as error:
            kind = communication_exception_factory(LDAPSocketReceiveError, type(error)(str(error)))
            raise self._failure(kind, f"error receiving data: {error}") from error
        return received

    def _entry(self, data: bytes, parts: ber.Envelope) -> dict[str, Any] | None:
        """Return a plain search entry; None for any other message."""
        if parts.operation != ber.SEARCH_ENTRY:
            return None
        entry = ber.entry(data, parts.start, parts.stop, self._names)
        if entry is None or parts.stop != parts.end:  # with controls of its own
            return None
        try:
            dn = entry.dn.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return {
            "type": "searchResEntry",
            "raw_dn": entry.dn,
            "dn": dn,
            "raw_attributes": entry.attributes,
        }

    def _decoded(self, message: bytes) -> dict[str, Any]:
        """Return what ldap3 makes of a message."""
        ber.check(message, ber.envelope(message, 0, len(message)))
        decoded: dict[str, Any] = self.decode_response_fast(decode_message_fast(message))
        return decoded

    def _unsolicited(self, message_id: int, answer: dict[str, Any]) -> Any:
        """Return what a message means that answers no request of ours, or raise."""
        name = answer.get("responseName")
        if message_id == 0 and name == _DISCONNECTION:
            return SESSION_TERMINATED_BY_SERVER
        if message_id == 0 and name == _TRANSACTION:
            return TRANSACTION_ERROR
        if answer["type"] == "extendedResp" and message_id != 0:
            raise self._failure(LDAPExtensionError, "several answers to one extended request")
        raise self._failure(LDAPSocketReceiveError, "an answer to no request of ours")

    def _failure(self, kind: type[LDAPExceptionError], message: str) -> LDAPExceptionError:
        self.connection.last_error = message
        return kind(message)
