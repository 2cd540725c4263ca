"""Media types that schemathesis does not support by default."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def offset_octet_stream(ctx: Any, value: Any) -> Any:
    """Sends the bytes of a resumable upload unchanged."""
    return value if isinstance(value, bytes) else str(value).encode()
