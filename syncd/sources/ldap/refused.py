"""What servers have said no to: a password that was refused is not sent again and again.

A daemon that reads every few minutes would lock the account by itself (most servers count wrong
passwords of ten minutes to an hour, some of for ever), and with it whoever else uses it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from syncd.errors import SourceRejected
from syncd.text import text

#: How long the same password waits after it was refused once, twice, …; then always the last one.
WAITS: Final = tuple(timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 24))


class PasswordRefused(SourceRejected):
    """There is no such account, or the password is wrong."""


@dataclass(slots=True)
class RefusedPasswords:
    """What was refused in the life of this process; no password can be read from it."""

    #: What stands for an account with its password → when it was refused last, and how often.
    _known: dict[bytes, tuple[datetime, int]] = field(default_factory=dict)
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def check(self, bind_dn: str, password: str, now: datetime) -> None:
        """Do nothing where a password may be sent.

        Raises:
            PasswordRefused: It was refused, and that is not long enough ago.
        """
        at, times = self._known.get(self._mark(bind_dn, password), (now, 0))
        again = at + WAITS[min(times, len(WAITS)) - 1] if times else now
        if not at <= now < again:  # a clock that was set back holds nothing up
            return
        raise PasswordRefused(
            text(
                'the bind as "{bind_dn}" was refused at {at}, and is not tried again with the same password before {again}',
                bind_dn=bind_dn,
                at=_told(at),
                again=_told(again),
            ),
            hint=text(
                "Check bind_dn and bind_password: to repeat a wrong password could lock the account. Another password is tried at once, and the same one when a person runs syncd sync or starts syncd run anew."
            ),
        )

    def note(self, bind_dn: str, password: str, now: datetime) -> None:
        """Note that a password was refused."""
        mark = self._mark(bind_dn, password)
        self._known[mark] = (now, self._known.get(mark, (now, 0))[1] + 1)

    def forget(self) -> None:
        """Forget everything: a server has said yes."""
        self._known.clear()

    def _mark(self, bind_dn: str, password: str) -> bytes:
        said = f"{bind_dn}\0{password}".encode("utf-8", "surrogatepass")
        return blake2b(said, key=self._salt, digest_size=16).digest()


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
