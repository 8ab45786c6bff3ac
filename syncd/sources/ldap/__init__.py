"""Reads an OpenLDAP directory by simple bind and paged searches."""

from syncd.sources.ldap.settings import LdapSettings
from syncd.sources.ldap.source import LdapSource

__all__ = ["LdapSettings", "LdapSource"]
