"""How fit the fields are for telling who is the same person in several sources (`syncd keys`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.text import Text


class FieldState(StrEnum):
    """Whether a source shows a field."""

    SHOWN = "shown"
    #: It was shown before, and now to nobody: the values are the last known ones (rule 8).
    WITHHELD = "withheld"
    #: The source is asked for it, and no record has it.
    UNSEEN = "unseen"
    #: No setting says where the source has it.
    UNMAPPED = "unmapped"


class Flaw(StrEnum):
    """What is wrong with a value."""

    #: The source has one that cannot be used at all (rule 13).
    REJECTED = "rejected"
    #: A mobile that is no phone number, what stands for no value (0, -), or anything too long.
    NO_KEY = "no_key"
    #: A number of mainland China that is no mobile: a desk phone, which people share.
    NO_MOBILE = "no_mobile"
    #: An e-mail that is no address.
    NO_ADDRESS = "no_address"
    #: A number as a spreadsheet has written it: 1.0E+05, 10023.0.
    SPREADSHEET = "spreadsheet"


@dataclass(frozen=True, slots=True)
class Side:
    """One field in one source."""

    state: FieldState
    people: int
    #: Those of whom the source tells whether they have a value.
    known: int
    #: Those who have one.
    values: int
    #: Different values, as the source writes them and as they are compared (rule 14).
    distinct_written: int
    distinct: int
    #: Values as they are compared that several people have, and how many people those are.
    shared_values: int
    sharing: int
    flaws: Mapping[Flaw, int]
    #: The values that most people share, as they are compared, with how many.
    shared_examples: tuple[tuple[str, int], ...] = ()
    #: A few of the values with a flaw.
    flawed_examples: tuple[tuple[Flaw, str], ...] = ()

    @property
    def coverage(self) -> float:
        """Return the share of the people who have a value."""
        return self.values / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """What one field would do for the records of a source besides the authority.

    Every record is one of `links unmatched duplicate_key ambiguous missing_key`.
    """

    #: Different values that both have, as they are written and as they are compared.
    overlap_written: int
    overlap: int
    #: Records that would find their user.
    links: int
    #: Records with a value that nobody has.
    unmatched: int
    duplicate_key: int
    ambiguous: int
    missing_key: int
    #: Of the links: how many have a name on both sides, and how many of these another one.
    names_compared: int
    names_differ: int
    #: Records that fit nobody, and would but for leading zeros and the case of letters.
    near: int


class Verdict(StrEnum):
    """What is thought of a field."""

    RECOMMENDED = "recommended"
    USABLE = "usable"
    #: It links clearly fewer people than another field does.
    WEAK = "weak"
    #: It links people of different names far more often than another field does.
    UNSAFE = "unsafe"
    #: Both sides have values, and hardly any is the same.
    APART = "apart"
    #: A side has no value at all.
    UNREAD = "unread"
    #: Names: many people have the same (rule 5).
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Fitness:
    """All about one field."""

    field: str
    #: Source → the field there.
    sides: Mapping[str, Side]
    #: Source besides the authority → what the field would do for it.
    matches: Mapping[str, Match]
    verdict: Verdict
    reason: Text


@dataclass(frozen=True, slots=True)
class Withholding:
    """Fields that WeCom keeps from a source."""

    source: str
    fields: tuple[str, ...]
    #: `new_app`, or `identifiers` for a contacts secret that gets nothing else.
    cause: str
    text: Text
    ways_out: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """A source whose records were counted."""

    name: str
    #: None for one that neither the settings nor the store know any more.
    type: str | None
    people: int
    #: When the latest of its records was read.
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Survey:
    """All that `syncd keys` tells."""

    sources: tuple[Counted, ...]
    #: Whose people are users; None where nothing was read yet.
    authority: str | None
    #: As configured.
    common_field: str | None
    fields: tuple[Fitness, ...]
    #: None where no field can be recommended.
    recommended: str | None
    reason: Text
    withheld: tuple[Withholding, ...]
