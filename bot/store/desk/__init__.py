"""Of members and operators: accounts, to-dos, reminders, notes, own scripts, the audit log."""
