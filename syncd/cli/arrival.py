"""Looks into why a message did not arrive, for `syncd explain` and `syncd outbox show`."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncd.config.configuration import Configuration
    from syncd.model.arrival import Arrival
    from syncd.store.store import Store
    from syncd.wecom.client import WeComClient


def arrival_of(
    configuration: "Configuration", store: "Store", user_id: int, message_id: int, *, ask: bool
) -> "Arrival":
    """Return the checklist for a message to somebody; WeCom is asked where that is wished.

    Raises:
        UsageError: There is no such message.
        ConfigError: The app's secret is not where it should be.
    """
    from syncd import bootstrap  # noqa: PLC0415 - start-up time
    from syncd.services.arrival import look_into  # noqa: PLC0415

    with ExitStack() as opened:

        def asker(source: str) -> "WeComClient | None":
            client = bootstrap.asking_client(configuration, source)
            return None if client is None else opened.enter_context(client)

        return look_into(
            store,
            user_id,
            message_id,
            bootstrap.now(),
            source=bootstrap.default_sender(configuration),
            asker=asker if ask else None,
        )
