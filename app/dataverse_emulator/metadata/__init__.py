"""The catalog of one environment: tables, columns, relationships, choices, operations."""
