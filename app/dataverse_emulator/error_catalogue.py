"""The error catalogue: symbolic name → code, HTTP status, text (contract 04, 05 §1.10, 06 §14).

Longer than 400 lines because it is one table: all errors that the service can answer with, found in one place.
Texts have named fields in braces; ``errors.error`` fills them.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorKind(NamedTuple):
    """One row of the catalogue; ``text`` has named fields in braces."""

    code: str
    status: int
    text: str


_BOOLEAN = "The only valid values for {} attribute are 'true', 'false', '1', and '0'."
PAYLOAD_HELP = "https://go.microsoft.com/fwlink/?linkid=2195293"

CATALOGUE: dict[str, ErrorKind] = {
    # -- the OData layer: URL, options, payload (contract 04 §1, §2, §4)
    "UnknownSegment": ErrorKind("0x8006088a", 404, "Resource not found for the segment '{segment}'."),
    "NoRoute": ErrorKind("", 404, "No HTTP resource was found that matches the request URI '{uri}'."),
    "BadQuerySyntax": ErrorKind("0x80060888", 400, "Bad Request - Error in query syntax."),
    "DangerousPath": ErrorKind(
        "0x80060888", 400, "A potentially dangerous Request.Path value was detected from the client ({character})."
    ),
    "ODataError": ErrorKind("0x80060888", 400, "{message}"),
    "ContentIdUnknown": ErrorKind(
        "0x80060888", 400, "Content-ID Reference: '{reference}' does not exist in the batch context."
    ),
    "UnresolvedParameters": ErrorKind("0x80060888", 400, "Request message has unresolved parameters."),
    "UnknownProperty": ErrorKind(
        "0x80060888", 400, "Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'."
    ),
    "IncompatibleTypes": ErrorKind(
        "0x80060888",
        400,
        "A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}' "
        "for operator kind '{operator}'.",
    ),
    "OptionNotSupported": ErrorKind("0x80060888", 400, "The query parameter {option} is not supported"),
    "NodeNotSupported": ErrorKind("0x80060888", 400, "The query node {node} is not supported"),
    "KeyNotValid": ErrorKind(
        "0x80060888",
        400,
        "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.{table}'. Ensure that the names "
        "and number of key properties match the declared or alternate key properties for the resource "
        "'Microsoft.Dynamics.CRM.{table}'.",
    ),
    "MethodNotSupported": ErrorKind(
        "0x80060888", 405, "The requested resource does not support http method '{method}'."
    ),
    "UnsupportedMediaType": ErrorKind("0x80060888", 415, "{message}"),
    "PayloadError": ErrorKind(
        "0x80048d19",
        400,
        "Error identified in Payload provided by the user for Entity :'{set}', For more information on this error "
        f"please follow this help link {PAYLOAD_HELP}  ---->  InnerException : {{inner}}.",
    ),
    "RequestTooLarge": ErrorKind("0x8004418A", 413, "Request message length is too large."),
    "BadCookie": ErrorKind("0x8004112A", 400, "The paging cookie is malformed."),
    "TooManyLinks": ErrorKind("0x8004430D", 400, "Number of link entities in query exceeded maximum limit."),
    "TooManyConditions": ErrorKind("0x8004430C", 400, "Number of conditions in query exceeded maximum limit."),
    # -- definitions (contract 07 §1.2; the code is seen once, the texts of the last two are inferred)
    "TableNotDefined": ErrorKind(
        "0x80060888",
        404,
        "The entity with a name = '{table}' with namemapping = 'Logical' was not found in the MetadataCache.",
    ),
    "DefinitionNotFound": ErrorKind("0x80060888", 404, "{kind} With {key} = {value} Does Not Exist"),
    "CastDoesNotFit": ErrorKind(
        "0x80060888", 404, "The definition is of type 'Microsoft.Dynamics.CRM.{kind}', not '{cast}'."
    ),
    "IsvUnExpected": ErrorKind(
        "0x80040224", 500, "An unexpected error occurred from ISV code. (ErrorType = {kind}) {message}"
    ),
    "ExpiredVersionStamp": ErrorKind(
        "0x80044352",
        400,
        "Version stamp associated with the client has expired. Please perform a full sync.",
    ),
    # -- changes of definitions (contract 07 §4; codes by the code list, texts inferred)
    "MetadataNotPatchable": ErrorKind("0x80060888", 405, "Operation not supported on {kind}"),
    "InvalidSchemaName": ErrorKind("0x8004700B", 400, "An entity with the specified name {name} already exists."),
    "SchemaNameNotStartwithLetter": ErrorKind(
        "0x80044365", 400, "The schema name {name} is not valid: it must start with a letter."
    ),
    "InvalidNamePrefix": ErrorKind(
        "0x80044366", 400, "The schema name {name} is not valid: it must begin with a valid prefix and an underscore."
    ),
    "SchemaNameLengthExceedsLimit": ErrorKind(
        "0x80044367", 400, "The schema name {name} is longer than {limit} characters."
    ),
    "DuplicateAttributeSchemaName": ErrorKind(
        "0x80047013", 400, "An attribute with the specified name {name} already exists in the entity {table}."
    ),
    "DuplicatePrimaryNameAttribute": ErrorKind("0x8004701E", 400, "The entity {table} has a primary name already."),
    "InvalidOptionSetSchemaName": ErrorKind("0x80044345", 400, "An option set with the name {name} already exists."),
    "PicklistValueNotUnique": ErrorKind("0x80044310", 400, "The option value {value} is already in use."),
    "EntityRelationshipSchemaNameNotUnique": ErrorKind(
        "0x8004432B", 400, "A relationship with the schema name {name} already exists."
    ),
    "NavigationPropertyAlreadyExists": ErrorKind(
        "0x80072551", 400, "The entity {table} has a property or navigation property named {name} already."
    ),
    "InvalidCollectionName": ErrorKind(
        "0x8006088E", 400, "The collection name {name} is not valid or belongs to another entity."
    ),
    "InvalidEntitySetName": ErrorKind(
        "0x8006089B", 400, "The entity set name {name} is not valid or belongs to another entity."
    ),
    "CannotUpdateEntitySetName": ErrorKind(
        "0x8004F663", 400, "The entity set name of the system entity {table} cannot be changed."
    ),
    "EntityKeyNameExists": ErrorKind("0x80060893", 400, "The entity {table} has a key named {name} already."),
    "EntityKeyWithSelectedAttributesExists": ErrorKind(
        "0x80060894", 400, "The entity {table} has a key with the same attributes already."
    ),
    "InvalidEntityKeyOperation": ErrorKind("0x8006088F", 400, "Invalid operation on an entity key: {reason}."),
    "CannotSecureEntityKeyAttribute": ErrorKind(
        "0x80060896", 400, "The attribute {attribute} is part of a key and cannot be secured."
    ),
    "CannotSecureAttribute": ErrorKind("0x8004F501", 400, "The attribute {attribute} cannot be secured."),
    "InvalidBehaviorSelection": ErrorKind(
        "0x800608A0", 400, "The behavior of the date and time attribute {attribute} cannot be changed."
    ),
    "InvalidBehavior": ErrorKind(
        "0x800608A1", 400, "The behavior '{behavior}' of a date and time attribute is not valid."
    ),
    "InvalidDateTimeFormat": ErrorKind(
        "0x800608A2", 400, "The format '{format}' of a date and time attribute does not fit its behavior '{behavior}'."
    ),
    "MetadataRecordNotDeletable": ErrorKind("0x80044250", 400, "The component {name} cannot be deleted."),
    "CannotDeletePrimaryUIAttribute": ErrorKind(
        "0x80047002", 400, "The attribute {attribute} is the primary name of the entity {table} and cannot be deleted."
    ),
    "CannotDeleteInUseOptionSet": ErrorKind(
        "0x80048417", 400, "The option set {name} is used by attributes and cannot be deleted."
    ),
    "ComponentInUse": ErrorKind(
        "0x8004F01F", 400, "The {kind} {name} cannot be deleted because it is referenced by {by}."
    ),
    # -- solutions (contract 07 §4, §11, 04 E-124)
    "InvalidComponentType": ErrorKind("0x80072004", 400, "The component type {kind} is not valid."),
    "CannotUpdateRestrictedSolution": ErrorKind("0x8004F00A", 400, "The solution {name} cannot be updated."),
    "CannotDeleteRestrictedSolution": ErrorKind("0x8004F005", 400, "The solution {name} cannot be deleted."),
    "CannotUpdateManagedSolution": ErrorKind(
        "0x8004F024", 400, "The solution {name} is managed and cannot be updated."
    ),
    "CannotRemoveComponentFromSolution": ErrorKind(
        "0x8004F021", 400, "The component {id} of the type {kind} is not in the solution {solution}."
    ),
    "CannotRemoveComponentFromDefaultSolution": ErrorKind(
        "0x8004F000", 400, "A component cannot be removed from the default solution."
    ),
    "UnsupportedComponentOperation": ErrorKind(
        "0x8004F010", 400, "The operation is not supported for components of the type {kind}."
    ),
    "SolutionUniqueNameViolation": ErrorKind("0x8004F023", 400, "A solution with the name {name} already exists."),
    "InvalidSolutionUniqueName": ErrorKind(
        "0x8004F002",
        400,
        "The name {name} is not valid: only letters, digits and underscores, and first a letter or an underscore.",
    ),
    "InvalidSolutionVersion": ErrorKind(
        "0x8004F01E", 400, "The version {version} is not valid: it must have two to four numbers separated by dots."
    ),
    "InvalidPublisherUniqueName": ErrorKind(
        "0x8004F01C", 400, "The name {name} of the publisher is not valid: only letters, digits and underscores."
    ),
    "CannotDeleteRestrictedPublisher": ErrorKind("0x8004F006", 400, "The publisher {name} cannot be deleted."),
    "SolutionConcurrencyFailure": ErrorKind(
        "0x80071151",
        429,
        "Cannot start the requested operation [{operation}] because there is another [{running}] running at this "
        "moment. Use Solution History for more details.",
    ),
    "ImportCustomizationsBadZipFile": ErrorKind("0x80048060", 400, "The solution file is invalid. {reason}"),
    "ImportSolutionError": ErrorKind("0x80048033", 400, "Solution import failed. {reason}"),
    "ImportMissingDependencies": ErrorKind(
        "0x8004801D", 400, "Solution import failed because components that it needs are missing: {missing}."
    ),
    "ImportWrongPublisher": ErrorKind(
        "0x8004801C", 400, "The solution {name} exists already and belongs to the publisher {publisher}."
    ),
    "ImportRestrictedSolution": ErrorKind("0x8004F007", 400, "A solution named {name} cannot be imported."),
    # -- the query engine
    "NoAttribute": ErrorKind(
        "0x80041103",
        400,
        "'{table}' entity doesn't contain attribute with Name = '{attribute}' and NameMapping = 'Logical'.",
    ),
    "NoEntity": ErrorKind(
        "0x80041102",
        400,
        "The entity with a name = '{table}' with namemapping = 'Logical' was not found in the MetadataCache.",
    ),
    "AggregateLimit": ErrorKind(
        "0x8004E023", 400, "The maximum record limit is exceeded. Reduce the number of records."
    ),
    "NotHierarchical": ErrorKind(
        "0x80047020",
        400,
        "This query uses a hierarchical operator, but the {table} entity doesn't have a hierarchical relationship.",
    ),
    "MultiSelectSorted": ErrorKind(
        "0x80050224", 400, "GroupBy or OrderBy Query is not supported for MultiSelectPickList Attribute Type."
    ),
    "BadCondition": ErrorKind("0x80041106", 400, "Incorrect filter condition or conditions."),
    "ListOfLongText": ErrorKind(
        "0x80044153",
        400,
        "between, not-between, in, and not-in operators are not allowed on attributes of type text or ntext.",
    ),
    "CountBelowOne": ErrorKind("0x8004110C", 400, "A value greater than zero must be specified."),
    "BadAttributeValue": ErrorKind("0x80041139", 400, "The attribute value provided is invalid."),
    # -- FetchXML (contract 04 §3; texts without a number there are the code list's)
    "InvalidXml": ErrorKind("0x80040201", 400, "Invalid XML."),
    "EmptyXml": ErrorKind("0x80041124", 400, "Xml String can't be null."),
    "NoDocumentElement": ErrorKind("0x80041125", 400, "Document Element can't be null."),
    "UnknownElement": ErrorKind("0x8004111C", 400, "The element node encountered is invalid."),
    "ElementMissing": ErrorKind("0x80041123", 400, "A required element was not specified."),
    "AttributeMissing": ErrorKind("0x8004111E", 400, "A required attribute was not specified."),
    "EntitiesDontMatch": ErrorKind(
        "0x80041128",
        400,
        "The entity name specified in fetchxml does not match the entity name specified in the Entity or Query "
        "Expression.",
    ),
    "InvalidDistinct": ErrorKind("0x80041115", 400, _BOOLEAN.format("distinct")),
    "InvalidDescending": ErrorKind("0x80041119", 400, _BOOLEAN.format("descending")),
    "InvalidGroupBy": ErrorKind("0x8004112E", 400, _BOOLEAN.format("groupby")),
    "InvalidRawOrderBy": ErrorKind("0x800410FD", 400, _BOOLEAN.format("useraworderby")),
    "InvalidNoLock": ErrorKind("0x80041118", 400, _BOOLEAN.format("no-lock")),
    "InvalidQuickFind": ErrorKind("0x80041138", 400, _BOOLEAN.format("isquickfindfields")),
    "InvalidRowVersionFlag": ErrorKind("0x8004111B", 400, _BOOLEAN.format("GetMinActiveRowVersion")),
    "InvalidFilterType": ErrorKind("0x80041122", 400, "Unsupported filter type. Valid values are 'and', or 'or'."),
    "InvalidLinkType": ErrorKind(
        "0x80041117",
        400,
        "The only valid values for link-type attribute are 'natural', 'inner','in','exists',"
        "'matchfirstrowusingcrossapply' and 'outer'.",
    ),
    "InvalidMapping": ErrorKind(
        "0x80041116", 400, "The only valid values for mapping are 'logical' or 'internal' which is deprecated."
    ),
    "InvalidAggregate": ErrorKind("0x8004111A", 400, "An error occurred while processing Aggregates in Query"),
    "InvalidAggregateColumn": ErrorKind(
        "0x8004112F", 400, "Aggregate {aggregate} is not supported for attribute of type {type}."
    ),
    "InvalidDateGrouping": ErrorKind("0x80041135", 400, "An invalid value was specified for dategrouping."),
    "PlainColumnInAggregate": ErrorKind(
        "0x80041107", 400, "Attributes can not be returned when aggregate operation is specified."
    ),
    "GroupByAndAggregate": ErrorKind(
        "0x80041137", 400, "An attribute can either be an aggregate or a Group By but not both"
    ),
    "AttributeInAggregateOrder": ErrorKind(
        "0x80041131", 400, "An attribute cannot be specified for an order clause for an aggregate Query. Use an alias."
    ),
    "AliasInOrder": ErrorKind(
        "0x80041132",
        400,
        "An alias cannot be specified for an order clause for a non-aggregate Query. Use an attribute.",
    ),
    "OrderWithoutAttribute": ErrorKind(
        "0x80041133", 400, "An attribute is required for an order clause for a non-aggregate Query."
    ),
    "OrderWithoutAlias": ErrorKind(
        "0x80041134", 400, "An alias is required for an order clause for an aggregate Query."
    ),
    "InvalidAlias": ErrorKind("0x80041109", 400, "Invalid alias for aggregate operation."),
    "DuplicateAlias": ErrorKind("0x80041130", 400, "FetchXML should have unique aliases."),
    "UnknownAlias": ErrorKind(
        "0x8004110A", 400, "The specified alias for the given entity in the condition does not exist."
    ),
    "AttributePairMismatch": ErrorKind(
        "0x80041111", 400, "AttributeFrom and AttributeTo must be either both specified or both omitted."
    ),
    "UnsupportedOperator": ErrorKind("0x80041120", 400, "Unsupported condition operator."),
    "TooManyValues": ErrorKind("0x8004430E", 400, "Number of parameters in a condition exceeded maximum limit."),
    "DistinctWithoutColumns": ErrorKind(
        "0x8004112C", 400, "The no-attrs tag cannot be used in conjuction with Distinct set to true."
    ),
    "PagingOrder": ErrorKind("0x80041129", 400, "Order by columns do not match those in paging cookie."),
    "BadPageNumber": ErrorKind("0x8004112A", 400, "Invalid page number in paging cookie."),
    "SimplePagingLimit": ErrorKind(
        "0x8004430A", 400, "Pages beyond {limit} rows can only be read with a paging cookie."
    ),
    # -- SQL (contract 09 §3, Reads; codes and texts are inferred)
    "SqlMalformed": ErrorKind("0x80060888", 400, "The SQL query is not valid. {problem}"),
    "SqlNotSupported": ErrorKind("0x80060888", 400, "The SQL query is not supported: it uses {feature}."),
    "SqlAmbiguous": ErrorKind("0x80060888", 400, "The SQL query is not valid. Ambiguous column name '{column}'."),
    # -- records (contract 04 §4 to §6)
    "ObjectDoesNotExist": ErrorKind("0x80040217", 404, "{table} With Id = {id} Does Not Exist"),
    "EntityDoesNotExist": ErrorKind("0x80040217", 404, "Entity '{table}' With Id = {id} Does Not Exist"),
    "RecordNotFoundByEntityKey": ErrorKind(
        "0x80060891", 404, "A record with the specified key values does not exist in {table} entity"
    ),
    "KeyNotDefined": ErrorKind(
        "0x80060890", 400, "The specified key attributes are not a defined key for the {table} entity"
    ),
    "StringTooLong": ErrorKind(
        "0x80044331",
        400,
        "A validation error occurred.  The length of the '{attribute}' attribute of the '{table}' entity exceeded the "
        "maximum allowed length of '{limit}'.",
    ),
    "IntegerOutOfRange": ErrorKind(
        "0x8004432F",
        400,
        "A validation error occurred.  The value of '{attribute}' on record of type '{table}' is outside the valid "
        "range.",
    ),
    "NumberOutOfRange": ErrorKind(
        "0x80044330",
        400,
        "A validation error occurred.  The value of '{attribute}' on record of type '{table}' is outside the valid "
        "range.",
    ),
    "ChoiceOutOfRange": ErrorKind(
        "0x8004431A",
        400,
        "A validation error occurred. The value {value} of '{attribute}' on record of type '{table}' is outside the "
        "valid range. Accepted Values: {accepted}",
    ),
    "TooManyChoices": ErrorKind(
        "0x80050222",
        400,
        "Number of selections for MultiSelectPicklist Attribute Type exceeded maximum limit: {limit}.",
    ),
    "BadDate": ErrorKind(
        "0x80040239", 400, "The date-time format is invalid, or value is outside the supported range."
    ),
    "StatusNotOfState": ErrorKind(
        "0x80048408",
        400,
        "{status} is not a valid status code for state code {schema}State.{state} on {table} with Id {id}.",
    ),
    "StatusUnknown": ErrorKind("0x80048408", 400, "{status} is not a valid status code on {table} with Id {id}."),
    "StateUnknown": ErrorKind(
        "0x80048408",
        400,
        "State code is invalid or state code is valid but status code is invalid for a specified state code.",
    ),
    "RequiredFieldMissing": ErrorKind("0x80040200", 400, "Required field missing."),
    "ValueCannotBeNull": ErrorKind("0x8004203E", 400, "One of the attributes passed cannot be NULL"),
    "InvalidArgument": ErrorKind("0x80040203", 400, "{message}"),
    "ObjectInactive": ErrorKind("0x80040230", 400, "The object cannot be updated because it is inactive."),
    "ReadOnlyEntity": ErrorKind("0x8004022E", 400, "Cannot Update a Read-Only Entity"),
    "DuplicateKey": ErrorKind("0x80040237", 412, "Cannot insert duplicate key."),
    "RecordExists": ErrorKind("0x80040237", 412, "A record with matching key values already exists."),
    "EntityKeyViolated": ErrorKind(
        "0x80060892",
        412,
        "Entity Key {key} violated. A record with the same value for {columns} already exists. A duplicate record "
        "cannot be created. Select one or more unique values and try again.",
    ),
    "VersionMismatch": ErrorKind(
        "0x80060882", 412, "The version of the existing record doesn't match the RowVersion property provided."
    ),
    "ConcurrencyNotEnabled": ErrorKind(
        "0x8006088D",
        400,
        "Optimistic concurrency isn't enabled for entity type {table}. The IfVersionMatches value of "
        "ConcurrencyBehavior can only be used if optimistic concurrency is enabled.",
    ),
    "DeleteRestricted": ErrorKind(
        "0x80040227", 405, "The object you tried to delete is associated with another object and cannot be deleted."
    ),
    "ActionNotSupported": ErrorKind("0x80040315", 405, "This action is not supported."),
    "InvalidOperation": ErrorKind("0x8004023B", 405, "Invalid Operation performed."),
    "CurrencyCannotBeNull": ErrorKind("0x80048CFB", 400, "The currency cannot be null."),
    "EntityWithoutKey": ErrorKind("0x80060888", 400, "EdmEntityObject passed should have the key property value set."),
    "UnknownParameter": ErrorKind(
        "0x80060888",
        400,
        "The parameter '{parameter}' in the request payload is not a valid parameter for the operation '{operation}'.",
    ),
    # -- sales and service (contract 05)
    "LeadClosed": ErrorKind("0x80040519", 400, "The lead is already closed."),
    "StageNotOnLead": ErrorKind("0x80100002", 400, "Active stage is not on 'Lead' entity."),
    "OpportunityParentType": ErrorKind(
        "0x80040504", 400, "The parent of an opportunity must be an account or contact."
    ),
    "CustomerInactive": ErrorKind("0x80040517", 400, "An inactive customer cannot be set as the parent of an object."),
    "OpportunityStateMessage": ErrorKind(
        "0x80100005",
        400,
        "This message can not be used to set the state of {table} to {state}. In order to set state of {table} to "
        "{state}, use the {message} message instead.",
    ),
    "ParentReadOnly": ErrorKind("0x80043B09", 400, "The parent is read only and cannot be edited."),
    "OpenActivities": ErrorKind(
        "0x8004440E", 400, "The incident can not be cancelled because there are open activities for this incident."
    ),
    "QuoteNotDraft": ErrorKind("0x80100003", 400, "The quote cannot be activated because it is not in draft state."),
    "InvoiceNotActive": ErrorKind("0x80100000", 400, "The invoice cannot be paid because it is not in active state."),
    "InvoiceNotActiveOrPaid": ErrorKind(
        "0x80100001", 400, "The invoice cannot be cancelled because it is not in active or paid state."
    ),
    "PartyIsActivity": ErrorKind("0x80048501", 400, "An activity cannot be a party of an activity."),
    "PartyMissing": ErrorKind("0x80043504", 400, "The party id or the address of an activity party is missing."),
    "FileTooBig": ErrorKind("0x80044a02", 400, "Attachment file size is too big."),
    "AttachmentBlocked": ErrorKind(
        "0x80043E09",
        400,
        "The attachment is either not a valid type or is too large. It cannot be uploaded or downloaded.",
    ),
    # -- Merge (05 §8; texts but those of the second and the last are inferred)
    "MergeActiveQuote": ErrorKind(
        "0x80045302", 400, "Merge cannot be performed on a sub-entity that has an active quote."
    ),
    "MergeInactive": ErrorKind("0x80045304", 400, "Merge cannot be performed on entity that is inactive."),
    "MergeIdentical": ErrorKind(
        "0x80045305", 400, "Merge cannot be performed on master and sub-entities that are identical."
    ),
    "MergeDifferentParents": ErrorKind("0x80045316", 400, "Merge warning: sub-entity will be differently parented."),
    # -- change tracking (contract 02 §14; the text of the first is inferred)
    "ChangeTrackingNotEnabled": ErrorKind(
        "0x80072491", 400, "Change tracking is not enabled for the entity '{table}'."
    ),
    "ChangeTrackingOption": ErrorKind(
        "0x80060888", 400, 'The "{option}" query parameter isn\'t supported when Change Tracking is enabled.'
    ),
    # -- files and images (02 §13, 04 §9; texts without a number there are inferred)
    "ChunksNotSupported": ErrorKind(
        "0x80090017", 400, "Uploading and downloading in multiple chunks is not supported for image columns."
    ),
    "ProcessImageFailure": ErrorKind("0x80072553", 400, "Error occured when processing image. Reason: {reason}"),
    "NotThePrimaryImage": ErrorKind(
        "0x80090487", 400, "Only the primary image of a table can be set when a record is created."
    ),
    "RangeNotSatisfiable": ErrorKind("0x80060888", 416, "The range of the request does not fit the file."),
    "NoFile": ErrorKind("0x80040217", 404, "No file attachment found for attribute: {column} EntityId: {id}."),
    "NoFullImage": ErrorKind(
        "0x80040217",
        404,
        "No FileAttachment records found for imagedescriptorId: {image} for image attribute: {column} of {table} "
        "record with id {id}.",
    ),
    # -- what messages refuse (contract 02 §15, 05, 06)
    "AmbiguousEntityKey": ErrorKind(
        "0x8006089D",
        400,
        "More than one record exists for entity {table} with entity key involving attributes {columns}",
    ),
    "DuplicatesFound": ErrorKind(
        "0x80040333",
        412,
        "A record was not created or updated because a duplicate of the current record already exists.",
    ),
    "LookupTargetMismatch": ErrorKind(
        "0x80040236", 400, "The lookup '{attribute}' of '{table}' cannot point to a record of type '{target}'."
    ),
    "DeepUpdate": ErrorKind(
        "0x80060888",
        400,
        "Deep update is not supported: '{navigation}' of '{table}' cannot be changed with the record.",
    ),
    "AccessTeamCannotOwn": ErrorKind("0x80048340", 400, "An access team cannot own records."),
    "StateTransition": ErrorKind(
        "0x8004F00E", 400, "{status} is not a valid next status code for a record of type '{table}' in {current}."
    ),
    "BaseCurrencyInUse": ErrorKind("0x80048CFF", 400, "The base currency cannot be deleted."),
    "OpportunityCurrencyLocked": ErrorKind(
        "0x80048479", 400, "The currency of the opportunity cannot be changed because it has products."
    ),
    "AccountLoop": ErrorKind(
        "0x80040507", 400, "Creating this parental association would create a loop in Accounts hierarchy."
    ),
    "ContactLoop": ErrorKind(
        "0x8004050A", 400, "Creating this parental association would create a loop in Contacts hierarchy."
    ),
    "BaseCurrencyRate": ErrorKind("0x80048CF5", 400, "The exchange rate of the base currency cannot be modified."),
    "BaseCurrencyActive": ErrorKind("0x80048CF4", 400, "The base currency cannot be deactivated."),
    "InvalidAttributeMap": ErrorKind(
        "0x80046203", 400, "The values of column '{source}' cannot be copied to column '{target}'."
    ),
    "DefaultTeam": ErrorKind("0x80048307", 400, "The default team of a business unit cannot be deleted."),
    "TeamOwnsRows": ErrorKind("0x8004830E", 400, "The team owns records and cannot be deleted."),
    "QueueHasItems": ErrorKind("0x80631117", 400, "The queue has items and cannot be deleted."),
    "QuoteCurrencyLocked": ErrorKind(
        "0x8004480E", 400, "The currency of the quote cannot be changed because it has products."
    ),
    # -- identity
    "CannotActOnBehalf": ErrorKind(
        "0x8004A110", 403, "User does not have the privilege to act on behalf another user."
    ),
    "CallerUnknown": ErrorKind("0x80040217", 403, "systemuser With Id = {id} Does Not Exist"),
    "UserDisabled": ErrorKind(
        "0x80040225", 403, "The specified user is either disabled or is not a member of any business unit."
    ),
    # -- bulk messages (contract 02 §12, 04 E-71a, E-89b)
    "ObjectsDoNotExist": ErrorKind("0x80040217", 404, "{table} With Ids = {ids} Do Not Exist"),
    "MessageNotImplemented": ErrorKind("0x80040219", 501, "{message} has not yet been implemented."),
    # -- the emulator's own
    "NotEmulated": ErrorKind("0x80040219", 501, "The requested functionality is not yet implemented. {feature}"),
    "QueryTooComplex": ErrorKind("0x80060888", 400, "The query is too complex: it nests or lists too much."),
    # -- the database (contract 04 E-123): the disk is full or cannot be written; a query takes too long
    "SqlError": ErrorKind("0x80044150", 500, "Generic SQL error. The database cannot be used: {problem}."),
    "SqlTimeout": ErrorKind("0x80044151", 400, "SQL timeout expired."),
    "Unexpected": ErrorKind("0x80040216", 500, "An unexpected error occurred."),
}
