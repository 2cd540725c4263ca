"""Media types that schemathesis does not know by itself."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def offset_octet_stream(ctx: Any, value: Any) -> Any:
    """The bytes of a resumable upload go out as they are."""
    return value if isinstance(value, bytes) else str(value).encode()
