"""Use cases: load, decide, save. Each verifies that the caller's organisation owns what it touches."""
