"""Messages of an app: what each type may hold, as data, and what follows when one is refused."""
