"""Enumerations whose members are words of the contract."""

from enum import StrEnum


class Word(StrEnum):
    """A word that is a text; hashed as one, because an enumeration's own hash is slow.

    Hundreds of thousands of look-ups by entity and action are made for one first load.
    """

    __hash__ = str.__hash__
