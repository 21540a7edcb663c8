"""Rows on disk or in memory: the SQL schema of a catalog, the store, the template image."""
