"""Which annotations the client asked for with ``Prefer: odata.include-annotations`` (contract 01 §4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from odata_protocol.headers import AnnotationFilter

FORMATTED_VALUE = "OData.Community.Display.V1.FormattedValue"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
LOOKUP_TABLE = "Microsoft.Dynamics.CRM.lookuplogicalname"
TOTAL = "Microsoft.Dynamics.CRM.totalrecordcount"
TOTAL_LIMIT = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"
ATTRIBUTE_NAME = "OData.Community.Display.V1.AttributeName"
PAGING_COOKIE = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
MORE_RECORDS = "Microsoft.Dynamics.CRM.morerecords"
METADATA_VERSION = "Microsoft.Dynamics.CRM.globalmetadataversion"
ERROR_DETAILS = "Microsoft.PowerApps.CDS.ErrorDetails."
OPERATION_STATUS = "Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus"
SUB_ERROR_CODE = "Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode"
HELP_LINK = "Microsoft.PowerApps.CDS.HelpLink"
TRACE_TEXT = "Microsoft.PowerApps.CDS.TraceText"
INNER_MESSAGE = "Microsoft.PowerApps.CDS.InnerError.Message"


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of values and results that go into a response."""

    formatted: bool = False
    navigation: bool = False
    lookup_table: bool = False
    total: bool = False
    total_limit: bool = False
    metadata_version: bool = False
    attribute_name: bool = False
    paging_cookie: bool = False
    more_records: bool = False

    @property
    def of_values(self) -> bool:
        """Annotations that stand beside properties are among them."""
        return self.formatted or self.navigation or self.lookup_table


NONE = Annotations()


@lru_cache(maxsize=256)
def wanted_annotations(wanted: AnnotationFilter | None) -> Annotations:
    """The annotations that a preference asks for.

    >>> from odata_protocol.headers import parse_prefer
    >>> wanted_annotations(parse_prefer(['odata.include-annotations="OData.*"']).include_annotations).formatted
    True
    """
    if wanted is None:
        return NONE
    return Annotations(
        formatted=wanted.matches(FORMATTED_VALUE),
        navigation=wanted.matches(NAVIGATION),
        lookup_table=wanted.matches(LOOKUP_TABLE),
        total=wanted.matches(TOTAL),
        total_limit=wanted.matches(TOTAL_LIMIT),
        metadata_version=wanted.matches(METADATA_VERSION),
        attribute_name=wanted.matches(ATTRIBUTE_NAME),
        paging_cookie=wanted.matches(PAGING_COOKIE),
        more_records=wanted.matches(MORE_RECORDS),
    )
