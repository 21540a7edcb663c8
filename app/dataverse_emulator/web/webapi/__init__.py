"""The OData front end: request → call → message → representation."""
