"""Image columns: thumbnails and the columns that follow an image (contract 02 §13.2, 04 E-103, E-104)."""

from __future__ import annotations

import base64
import io
from datetime import datetime
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.contents import image_id
from dataverse_emulator.messages.facts import TableFacts
from dataverse_emulator.metadata.catalog import Column, Table
from dataverse_emulator.spool import Spool
from dataverse_emulator.values import Reference

THUMBNAIL = 144
LARGEST = 30 * 1024 * 1024
FORMATS = ("GIF", "JPEG", "TIFF", "BMP", "PNG")
_TICKS_A_SECOND = 10_000_000
_FIRST_MOMENT = datetime(1, 1, 1)


def complete_images(context: Context, facts: TableFacts, id: str, values: dict[str, Any], *, is_new: bool) -> None:
    """Turn the images among the values of a row into thumbnails, and set the columns that follow them.

    Raises:
        EmulatorError: 0x80072553 for what is no image, 0x80044a02 for one that is too large, 0x80090487 for an image
            that a new row cannot have.
    """
    table = facts.table
    for name in [name for name in values if name in facts.images]:
        text = values[name]
        if is_new and text is not None and name != (table.primary_image or "entityimage"):
            raise error("NotThePrimaryImage")
        image = None if text is None else base64.b64decode(text)
        values.update(_image_values(context, table, table.columns[name], id, image))


def _image_values(context: Context, table: Table, column: Column, id: str, image: bytes | None) -> dict[str, Any]:
    """What a row holds of an image (None: no more). Full images are kept where the column may have them."""
    name = column.logical_name
    _drop_image(context, Reference(table.logical_name, id), column)
    if image is None:
        made: dict[str, Any] = {name: None, f"{name}id": None, f"{name}_timestamp": None, f"{name}_url": None}
    else:
        if len(image) > min(LARGEST, (column.max_size_kb or LARGEST) * 1024):
            raise error("FileTooBig")
        stamp = _ticks(context.now)
        image_id = context.new_id()
        made = {
            name: base64.b64encode(make_thumbnail(image)).decode(),
            f"{name}id": image_id,
            f"{name}_timestamp": stamp,
            f"{name}_url": _image_url(table, column, id, stamp),
        }
        if column.can_store_full_image:
            context.store.files.add(image_id, Spool(image))
    return {key: value for key, value in made.items() if key in table.columns and table.columns[key].is_stored}


def _image_url(table: Table, column: Column, id: str, stamp: int) -> str:
    """The path at which an application shows an image."""
    return (
        f"/Image/download.aspx?Entity={table.logical_name}&Attribute={column.logical_name}&Id={id}&Timestamp={stamp}"
        + ("&Full=true" if column.can_store_full_image else "")
    )


def _drop_image(context: Context, target: Reference, column: Column) -> None:
    """Forget the full image of a row."""
    if column.can_store_full_image:
        kept = image_id(context, target, column)
        if kept:
            context.store.files.drop(kept)


def make_thumbnail(image: bytes) -> bytes:
    """The middle of an image as a square of 144 points at most.

    Raises:
        EmulatorError: 0x80072553 when it cannot be read.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(image), formats=FORMATS) as opened:
            kept = "PNG" if opened.mode in ("RGBA", "LA", "P", "PA", "1") or opened.format == "PNG" else "JPEG"
            side = min(THUMBNAIL, *opened.size)
            turned = ImageOps.exif_transpose(opened).convert("RGBA" if kept == "PNG" else "RGB")
            small = ImageOps.fit(turned, (side, side))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        reason = str(problem).partition("<_io")[0].strip()[:200]  # what follows is an address in memory
        raise error("ProcessImageFailure", reason=reason) from None
    written = io.BytesIO()
    small.save(written, kept)
    return written.getvalue()


def _ticks(moment: str) -> int:
    since = datetime.fromisoformat(moment).replace(tzinfo=None) - _FIRST_MOMENT
    return (since.days * 86_400 + since.seconds) * _TICKS_A_SECOND
