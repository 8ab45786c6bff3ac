"""The SQL store: tables, transactions, and one repository per noun."""
