"""The names in an answer: `invaliduser` and its like."""


def listed(value: object) -> frozenset[str]:
    """Return the names in lower case; none where the key is absent or empty.

    `message/send` joins them by `|`, `message/update_template_card` answers an array (documents
    90236, 94888); either is taken from both.
    """
    if isinstance(value, str):
        names = value.split("|")
    elif isinstance(value, list):
        names = [str(one) for one in value]
    else:
        names = [str(value)] if type(value) is int else []
    return frozenset(name.strip().lower() for name in names) - {""}
