"""MongoDB: documents, queries, indexes. Nothing else touches it."""
