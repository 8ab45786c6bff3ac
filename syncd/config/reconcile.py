"""``[reconcile]``: which source owns what, and how people of several sources are matched."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator

from syncd.config.fields import FieldName
from syncd.config.section import Section, setting, table
from syncd.config.source_values import SourceName
from syncd.text import text


def _single(value: object) -> object:
    if not isinstance(value, list):
        return value
    if len(value) != 1:
        raise ValueError(text("a list holds exactly one field for now"))
    return value[0]


class ReconcileSettings(Section):
    """One origin for a person's data, and the key between sources."""

    authority: SourceName | None = setting(
        None,
        doc="The source whose people become users and whose departments become departments; with one "
        "enabled source that one, with several it is required.",
        example="wecom",
    )
    common_field: Annotated[FieldName, BeforeValidator(_single)] | None = setting(
        None,
        doc="The field whose equal value makes two records the same person. Required with several "
        "enabled sources. With one it is optional: it tells a returning person from a new one under an old id, knows a person again under a new "
        "one, and lets another source take the people over.",
        zh="ldap-qywx-common-field",
        example="mobile",
    )
    unmatched: Literal["report", "create"] = setting(
        "report",
        doc='A record of another source that fits nobody: "report" it, or "create" a user for it. One '
        "without a value of the common field may be anybody, and never becomes a user.",
    )
    prefer: Mapping[FieldName, tuple[SourceName, ...]] = table(
        doc="The order of sources for one field, where it is not the authority alone: the first that has "
        "a value wins, the authority comes last.",
        example={"mobile": ["wecom", "corp_ldap"]},
    )
