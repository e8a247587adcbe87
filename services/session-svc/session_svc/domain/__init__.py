"""Pure rules: assessments, the life of a session, what a candidate may see. Instants and ids are arguments."""
