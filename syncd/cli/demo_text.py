"""What the demonstration says: templates, by the step they belong to."""

SENTENCES = {
    "intro": "A company of 200 people, in a WeCom that runs on this machine only.",
    "started": "The simulated WeCom answers at {url}.\n"
    "   Configuration, database and audit log are in {folder}.",
    "first": "1. Everything is read and written into the database, once.",
    "tree": "2. The departments as they have arrived, with how many people they have.",
    "changed": "3. A working day in the company:\n"
    "   欧阳小棠 is hired into {department}, {leaver} leaves, {mover} moves to {department},\n"
    "   {renamed} gets another name, and {unreadable} can no longer be read\n"
    "   (somebody has narrowed the permissions by mistake).",
    "plan": "4. What a sync would do now, and why. Nothing is written.",
    "apply": "5. The sync does it. Nobody in the department that cannot be read is touched:\n"
    "   that a person cannot be seen is no proof that the person is gone.",
    "conflicts": "6. It is reported instead, until somebody decides or the permission is back.",
    "audit": "7. Every change is in the audit log, with before, after and cause; its lines are\n"
    "   chained, so that an edited or a missing one shows.",
    "sql": "8. What an application reads, by plain SQL from {database}:",
    "message": "9. An application has a message for people: it inserts a row, and syncd delivers it.",
    "seen": "   What they have on their phones now; who has left gets nothing, and that is said:",
    "end": "That is all. {folder} is yours: look at syncd.toml, then try syncd with your own\n"
    "   WeCom (docs/wecom-setup.md).",
}
