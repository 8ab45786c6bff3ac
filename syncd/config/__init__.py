"""The settings: one TOML file, checked as a whole before anything else happens.

Nothing is imported here: pydantic takes a tenth of a second, and ``syncd --help`` has no use for it.
``syncd.config.load`` is the way in.
"""
