"""Who may do what and see which numbers: roles, passwords, sessions, API keys, and the log of who looked."""
