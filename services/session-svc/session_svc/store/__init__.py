"""The only room that touches MongoDB: documents, queries, indexes."""
