"""LDAP directories: OpenLDAP by simple bind and one paged search."""
