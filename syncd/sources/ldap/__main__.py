"""The process that reads an LDAP source while another one reads the others.

`python -m syncd.sources.ldap` is begun by `LdapSource.begin` alone. It imports no more than the
reading needs, and logs nothing: what it has to say goes to the process that has begun it.
"""

import gc
import os
import pickle
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO, NoReturn

from syncd.observe.memory import share_memory
from syncd.sources.ldap.settings import LdapSettings
from syncd.sources.ldap.source import LdapSource
from syncd.sources.stream import write_reading


def main() -> NoReturn:
    """Read what the standard input asks for, write it to the standard output, and end."""
    answers = _answers()
    share_memory()
    gc.disable()  # everything lives until it is written
    # Our own parent's, through a pipe that nobody else has.
    settings, password, scope = pickle.load(sys.stdin.buffer)  # noqa: S301
    _end_with_parent()
    source = LdapSource(_with_password(settings, password))
    with suppress(BrokenPipeError):  # nobody listens any more
        write_reading(lambda progress: source.read(scope, progress), answers)
    os._exit(0)  # without taking a hundred thousand objects apart


def _with_password(settings: LdapSettings, password: str | None) -> LdapSettings:
    return settings if password is None else replace(settings, bind_password=lambda: password)


def _answers() -> BinaryIO:
    """Return the standard output; whatever else is printed from now on goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb", buffering=256 * 1024)
    os.dup2(2, 1)
    return answers


def _end_with_parent() -> None:
    """End this process as soon as the other one is gone, whatever it has died of.

    Nothing more comes through the standard input; the other end is closed when its holder ends.
    """

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


if __name__ == "__main__":
    main()
