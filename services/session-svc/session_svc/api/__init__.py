"""HTTP in: request to use case or query. Translation only."""
