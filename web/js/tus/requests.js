// The requests of tus 1.0 as values.

import { encodeMetadata } from "./metadata.js";

const version = { "Tus-Resumable": "1.0.0" };

/** The largest body of one PATCH, so that each stays within a proxy's limits of size and time. */
export const chunkLimit = 64 * 1024 * 1024;

/** Creation: the only request that needs the session. */
export function creation({ endpoint, size, metadata, token }) {
  const headers = { ...version, "Upload-Length": String(size), "Upload-Metadata": encodeMetadata(metadata) };
  if (token) headers.Authorization = `Bearer ${token}`;
  return { method: "POST", url: endpoint, headers };
}

/** Asks for the offset. */
export function check(url) {
  return { method: "HEAD", url, headers: { ...version } };
}

/** Sends the next part. */
export function append(url, offset, file) {
  const body = file.slice(offset, Math.min(file.size, offset + chunkLimit));
  const headers = { ...version, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  return { method: "PATCH", url, headers, body };
}

/** Deletes the upload. */
export function termination(url) {
  return { method: "DELETE", url, headers: { ...version } };
}

/** A non-negative integer header, or null. */
export function integerHeader(answer, name) {
  const value = answer.header(name);
  return value !== null && /^\d+$/.test(value.trim()) ? Number(value.trim()) : null;
}
