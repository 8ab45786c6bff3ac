"""Who bears a tag: asked of WeCom while no row is locked, and good for a short while."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping

from syncd.errors import SourceError, SourceUnavailable
from syncd.services.deliver_sender import Sender
from syncd.store.outbox.values import NoTag, Tag, Tags

#: Seconds for which what WeCom says of a tag is good, and until it is asked again in vain.
_TAGGED, _AGAIN = 60.0, 30.0
_Key = tuple[str, str]


class KnownTags:
    """What WeCom has said of tags lately."""

    def __init__(self, senders: Mapping[str, Sender], clock: Callable[[], float]) -> None:
        """Know nothing yet; `clock` is monotonic, in seconds."""
        self._senders, self._clock = senders, clock
        self._said: dict[_Key, tuple[float, Tag | NoTag | None]] = {}
        #: Source → until when it is not asked, because it does not answer.
        self._deaf: dict[str, float] = {}

    def known(self) -> Tags:
        """Return what is still good, by (source, id)."""
        now = self._clock()
        return {
            key: said
            for key, (until, said) in self._said.items()
            if said is not None and until > now
        }

    def silent(self) -> frozenset[_Key]:
        """Return the tags of which nothing is known, and which are not asked for now."""
        now = self._clock()
        return frozenset(
            key for key, (until, said) in self._said.items() if said is None and until > now
        )

    def ask(self, lacking: Iterable[_Key], unreachable: MutableMapping[str, str]) -> bool:
        """Ask WeCom about tags; return whether it has said anything.

        Sources that cannot be reached are noted with why, and asked again later.
        """
        answered = [self._ask(key, unreachable) for key in sorted(lacking)]
        return any(answered)

    def _ask(self, key: _Key, unreachable: MutableMapping[str, str]) -> bool:
        now = self._clock()
        source, name = key
        until, _ = self._said.get(key, (now, None))
        if until > now:
            return False
        if self._deaf.get(source, now) > now:  # asking takes time, in which nothing goes out
            self._said[key] = self._deaf[source], None
            return False
        try:
            self._said[key] = now + _TAGGED, self._senders[source].get_tag(int(name))
        except SourceError as error:
            again = self._clock() + _AGAIN
            self._said[key] = again, None
            if isinstance(error, SourceUnavailable):
                self._deaf[source] = again
            unreachable[source] = error.message
            return False
        return True
