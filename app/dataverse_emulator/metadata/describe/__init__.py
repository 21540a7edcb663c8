"""The catalog as definitions: dictionaries in the shape of the Web API's metadata classes (contract 07 §3)."""

from dataverse_emulator.metadata.describe.columns import class_of, column_id, describe_column
from dataverse_emulator.metadata.describe.options import (
    describe_option_set,
    describe_option_set_of,
    global_set_class,
    option_set_id,
)
from dataverse_emulator.metadata.describe.relationships import (
    describe_key,
    describe_relationship,
    key_id,
    relationship_id,
)
from dataverse_emulator.metadata.describe.tables import describe_table, kept_description, table_id
from dataverse_emulator.metadata.describe.values import Description, metadata_id

__all__ = [
    "Description",
    "class_of",
    "column_id",
    "describe_column",
    "describe_key",
    "describe_option_set",
    "describe_option_set_of",
    "describe_relationship",
    "describe_table",
    "global_set_class",
    "kept_description",
    "key_id",
    "metadata_id",
    "option_set_id",
    "relationship_id",
    "table_id",
]
