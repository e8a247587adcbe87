"""session-svc: assessments and the sessions that sit them."""
