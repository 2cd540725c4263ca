// What tus 1.0 requests look like, apart from who sends them.

import { encodeMetadata } from "./metadata.js";

const version = { "Tus-Resumable": "1.0.0" };

/** One PATCH carries at most this much, so that a proxy's body limit or time limit is never far away. */
export const chunkLimit = 64 * 1024 * 1024;

/** Creation: the only request that needs the session. */
export function creation({ endpoint, size, metadata, token }) {
  const headers = { ...version, "Upload-Length": String(size), "Upload-Metadata": encodeMetadata(metadata) };
  if (token) headers.Authorization = `Bearer ${token}`;
  return { method: "POST", url: endpoint, headers };
}

/** How much has arrived. */
export function check(url) {
  return { method: "HEAD", url, headers: { ...version } };
}

/** The next piece. */
export function append(url, offset, file) {
  const body = file.slice(offset, Math.min(file.size, offset + chunkLimit));
  const headers = { ...version, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  return { method: "PATCH", url, headers, body };
}

/** Throwing the upload away. */
export function termination(url) {
  return { method: "DELETE", url, headers: { ...version } };
}

/** A non-negative integer header, or null. */
export function integerHeader(answer, name) {
  const value = answer.header(name);
  return value !== null && /^\d+$/.test(value.trim()) ? Number(value.trim()) : null;
}
