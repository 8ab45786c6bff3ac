"""The configuration knows the fields of the model; it lies below it, and cannot ask."""

from syncd.config.fields import FIELD_NAMES
from syncd.model.field import FIELDS


def test_every_field_can_be_configured_and_no_other():
    assert FIELD_NAMES == FIELDS
