"""The id of a link whose record turned out to be somebody else's.

A link is unique by its record's id, and a person may say that an old id is somebody new by now
(rule 10). The one who had it before keeps user and link, but no claim on that record: the link
has an id from then on that no source gives, made of the record's and the user's.
"""

import re
from typing import Final

from syncd.model.entry import Ref

#: What stands between the two; neither a userid of WeCom nor an id of LDAP can have it.
_MARK: Final = "#"
_SURRENDERED: Final = re.compile(r"#[0-9]+\Z")
#: What a column for ids holds.
_LONGEST: Final = 255


def surrendered(ref: Ref, user_id: int) -> Ref:
    """Return the reference that a user keeps who has no claim on the record any more."""
    end = f"{_MARK}{user_id}"
    return Ref(ref.source, ref.external_id[: _LONGEST - len(end)] + end)


def is_surrendered(external_id: str) -> bool:
    """Return whether an id is no record's, because a person has said whose the record is."""
    return _SURRENDERED.search(external_id) is not None
