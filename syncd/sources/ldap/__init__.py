"""Reads OpenLDAP, Active Directory and 389 Directory Server by paged searches."""

from syncd.sources.ldap.settings import LdapSettings
from syncd.sources.ldap.source import LdapSource

__all__ = ["LdapSettings", "LdapSource"]
