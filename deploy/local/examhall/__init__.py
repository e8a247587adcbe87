"""The `examhall` command: the whole stack as ordinary processes on one machine, without Docker."""
