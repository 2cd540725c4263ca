// Errors of the API (RFC 9457 problem+json) as one kind of Error.

/** An error answer of the server or of a proxy. */
export class Problem extends Error {
  /** `status` 0 means that no answer came at all. */
  constructor({ status = 0, code = "", title = "", detail = "", requestId = "", errors = [], retryAfter = null }) {
    super(detail || title || (status ? `HTTP ${status}` : "The server cannot be reached"));
    this.name = "Problem";
    this.status = status;
    this.code = code || (status === 0 ? "unreachable" : `http_${status}`);
    this.title = title;
    this.detail = detail;
    this.requestId = requestId;
    this.errors = Array.isArray(errors) ? errors : [];
    this.retryAfter = retryAfter;
  }
}

/** Reads an error answer. A body that is no problem document leaves only the status. */
export function problemFrom(status, text, retryAfterHeader = null, now = Date.now()) {
  let body = {};
  try {
    const parsed = JSON.parse(text);
    if (parsed && typeof parsed === "object") body = parsed;
  } catch {
    // The body is a proxy's HTML page or empty: the status alone is used.
  }
  const word = (value) => (typeof value === "string" ? value : "");
  return new Problem({
    status,
    code: word(body.code),
    title: word(body.title),
    detail: word(body.detail),
    requestId: word(body.requestId),
    errors: body.errors,
    retryAfter: retrySeconds(retryAfterHeader, now),
  });
}

/** `Retry-After` as seconds, from either of its two forms; `null` when absent or unreadable. */
export function retrySeconds(header, now = Date.now()) {
  if (typeof header !== "string" || header.trim() === "") return null;
  if (/^\d+$/.test(header.trim())) return Number(header.trim());
  const at = Date.parse(header);
  return Number.isFinite(at) ? Math.max(0, Math.ceil((at - now) / 1000)) : null;
}
