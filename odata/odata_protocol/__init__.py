"""The OData 4.0 protocol as text and values; knows nothing of Dataverse, Flask or SQL."""
