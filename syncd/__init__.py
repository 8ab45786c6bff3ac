"""syncd brings the people of WeCom or LDAP into a SQL store and never guesses."""

__version__ = "0.1.0"
