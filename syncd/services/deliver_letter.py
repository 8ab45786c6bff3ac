"""What goes into a call: a content, with WeCom's ids of the files that it names.

Nothing here reads a file or asks WeCom while rows are locked: what is not known yet is noted, and
looked for before the next claim.
"""

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog

from syncd.errors import SourceError, SourceUnavailable, SyncdError
from syncd.model.message import Reason
from syncd.services.deliver_sender import Sender, Unfitting
from syncd.store.outbox.outbox import Outbox
from syncd.store.outbox.values import Lacking, Letter, Unfit
from syncd.text import joined, system_said, text
from syncd.wecom import messages

_log = structlog.get_logger(__name__)

#: WeCom forgets a file after three days; a message with an old one would be refused.
_KEPT: Final = timedelta(days=2.5)
#: Seconds after which a file is looked at again: it may have changed.
_FRESH: Final = 60.0
#: Seconds until an upload is tried again that failed.
_AGAIN: Final = 30.0
#: Seconds after which no further upload is begun before other messages have had their turn.
_AT_ONCE: Final = 5.0
#: Bytes of the largest file that WeCom takes, and one.
_MOST: Final = 20 * 1024 * 1024 + 1
#: Who may enter a folder need not be able to list it.
_FOLDER: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
#: What is no ordinary file, such as a pipe, would keep us waiting.
_FILE: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class Wanted(NamedTuple):
    """A file that a message names."""

    source: str
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found out about a file; good until a moment of the monotonic clock."""

    until: float
    media_id: str = ""
    digest: str = ""
    error: str = ""
    #: It is tried again by then.
    is_passing: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A content that can be sent."""

    msgtype: str
    content: Any
    agent_id: int
    media: Mapping[str, str]
    files: tuple[Wanted, ...] = ()

    @property
    def has_files(self) -> bool:
        """Return whether files of this machine stand in it."""
        return bool(self.files)

    def takes(self, external_id: str) -> bool:
        """Return whether WeCom can be told this recipient."""
        return messages.is_recipient(external_id)

    def compose(self, people: Sequence[str], interval: int) -> bytes:
        """Return the request for these people; `interval` is that of the duplicate check."""
        return messages.compose(
            self.msgtype,
            self.content,
            agent_id=self.agent_id,
            touser=people,
            duplicate_check_interval=interval,
            media=self.media,
        )


def check(msgtype: str, content: Any) -> str:
    """Return what is wrong with a content, or an empty text."""
    faults = messages.check(msgtype, content)
    return joined(" ", [one.sentence for one in faults]) if faults else ""


class Files:
    """Knows which files WeCom has, and uploads those that it lacks."""

    def __init__(
        self,
        outbox: Outbox,
        senders: Mapping[str, Sender],
        folders: Sequence[Path],
        clock: Callable[[], float],
    ) -> None:
        """Take files from below some folders alone."""
        self._outbox, self._senders, self._clock = outbox, senders, clock
        self._folders = [Path(os.path.realpath(one)) for one in folders]
        self._known: dict[Wanted, _Known] = {}
        self._wanted: set[Wanted] = set()

    def prepare(self, source: str, msgtype: str, content: Any) -> Letter | Lacking | Unfit:
        """Return how a content is sent from a source, or what keeps it; looks at no file."""
        files = tuple(
            Wanted(source, one.path, one.type) for one in messages.media_paths(msgtype, content)
        )
        media: dict[str, str] = {}
        lacking: Lacking | None = None
        for one in files:
            known = self._known.get(one)
            if known is None or known.until <= self._clock():
                self._wanted.add(one)
                lacking = lacking or Lacking()
            elif known.error:
                return Unfit(Reason.MEDIA, known.error)
            elif known.is_passing:
                lacking = Lacking(is_passing=True)
            else:
                media[one.path] = known.media_id
        if lacking is not None:
            return lacking
        return Content(msgtype, content, self._senders[source].agent_id, media, files)

    def fetch(self) -> tuple[int, dict[str, str]]:
        """Upload what claims have asked for.

        Returns how many files were asked for, and source → why it could not be done now.
        """
        wanted, self._wanted = self._wanted, set()
        failed, silent = dict[str, str](), set[str]()
        until = self._clock() + _AT_ONCE
        for one in sorted(wanted):
            if self._clock() >= until:  # the next claim asks for the rest
                break
            if one.source in silent:  # nor would it answer now, and nothing else goes out meanwhile
                self._known[one] = _Known(self._clock() + _AGAIN, is_passing=True)
                continue
            try:
                self._known[one] = self._found(one)
            except SourceError as error:
                failed[one.source] = error.message
                if isinstance(error, SourceUnavailable):
                    silent.add(one.source)
                self._known[one] = _Known(self._clock() + _AGAIN, is_passing=True)
            except (OSError, ValueError) as error:  # what no file system takes for a name
                said = _unreadable(Path(repr(one.path)), error)
                self._known[one] = _Known(self._clock() + _FRESH, error=_in_full(said))
        return len(wanted), failed

    def forget(self, files: Sequence[Wanted]) -> None:
        """Upload files anew that WeCom says it does not have."""
        for source in {one.source for one in files}:
            known = [self._known.pop(one, None) for one in files if one.source == source]
            digests = {one.digest for one in known if one is not None}
            if digests:
                self._outbox.forget_media(source, digests)

    def _found(self, one: Wanted) -> _Known:
        until = self._clock() + _FRESH
        try:
            folder, path = self._place(one.path)
            content = _read(folder, path)
        except SyncdError as error:
            return _Known(until, error=_in_full(error))
        digest = sha256(content).hexdigest()
        media_id = self._outbox.find_media(one.source, digest, one.kind, _KEPT)
        if media_id is None:
            try:
                media_id = self._senders[one.source].upload(one.kind, path.name, content)
            except Unfitting as error:
                return _Known(until, error=_in_full(error))
            self._outbox.note_media(one.source, digest, one.kind, media_id)
            _log.info("outbox_file_uploaded", source=one.source, kind=one.kind, size=len(content))
        return _Known(until, media_id, digest)

    def _place(self, written: str) -> tuple[Path, Path]:
        """Return below which folder a file lies, and where, wherever links lead to.

        Raises:
            Unfitting: It does not lie below one of the folders.
        """
        places = [Path(os.path.realpath(folder / written)) for folder in self._folders]
        inside = [
            (folder, place)
            for place in places
            for folder in self._folders
            if place.is_relative_to(folder)
        ]
        if not inside:
            raise Unfitting(
                text("The file {path} lies in no folder that may be sent from.", path=written),
                hint=text("outbox.media_folders names these folders."),
            )
        return next((one for one in inside if one[1].exists()), inside[0])


def _read(folder: Path, path: Path) -> bytes:
    """Return what is in a file below a folder, of which no more is read than WeCom would take.

    The path has no links any more. It is opened folder by folder, so that nobody can put a link
    in its way that leads out of there.

    Raises:
        Unfitting: There is no such file, or it cannot be read.
    """
    try:
        with os.fdopen(_opened(folder, path), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unfitting(text("{path} is no file.", path=str(path)))
            return file.read(_MOST)
    except OSError as error:
        raise _unreadable(path, error) from error


def _opened(folder: Path, path: Path) -> int:
    *between, name = path.relative_to(folder).parts or (".",)
    place = os.open(folder, _FOLDER)
    try:
        for part in between:
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = inner
        return os.open(name, _FILE, dir_fd=place)
    finally:
        os.close(place)


def _unreadable(path: Path, error: OSError | ValueError) -> Unfitting:
    reason = system_said(error) if isinstance(error, OSError) else text("the name is no name")
    return Unfitting(
        text("The file {path} cannot be read: {reason}.", path=str(path), reason=reason),
        hint=text("Put it there, readable for syncd's account, and run syncd outbox retry."),
    )


def _in_full(error: SyncdError) -> str:
    return f"{error.message} {error.hint}".strip()
