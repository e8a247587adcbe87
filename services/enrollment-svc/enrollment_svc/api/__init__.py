"""HTTP in: translation only. Errors leave as problem documents (`chassis.problems`)."""
