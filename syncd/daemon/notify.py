"""Tells systemd how the service is (sd_notify(3)), where it was started by systemd at all."""

import os
import socket
from collections.abc import Mapping

#: Nobody who does not read keeps the service from its work.
_PATIENCE_SECONDS = 1.0


def notify(state: str, env: Mapping[str, str] = os.environ) -> bool:
    """Send `state` (`READY=1`, `STOPPING=1`, `STATUS=…`, one a line); return whether it was taken.

    Safe in any thread, and without effect where the process was not started by systemd.
    """
    address = env.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):  # the abstract namespace of Linux
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(_PATIENCE_SECONDS)
        try:
            sender.connect(address)
            sender.send(state.encode())
        except OSError:
            return False  # the service works all the same; systemd's own time-out will tell
    return True
