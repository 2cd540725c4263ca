// One request to the API: JSON in, JSON out, a Problem when it does not work.

import { Problem, problemFrom } from "./problem.js";
import { closeSession, currentSession } from "./session.js";

/**
 * `options`: body (sent as JSON, a Blob as it is), signal, anonymous (send no token), ifMatch, accept (a type of text, which is
 * not parsed). Resolves with `{status, data, etag}`.
 */
export async function request(method, path, { body, signal, anonymous = false, ifMatch, accept = null } = {}) {
  const headers = { Accept: accept ?? "application/json" };
  const raw = body instanceof Blob;
  const session = anonymous ? null : currentSession();
  if (session) headers.Authorization = `Bearer ${session.token}`;
  if (body !== undefined) headers["Content-Type"] = raw ? "application/octet-stream" : "application/json";
  if (ifMatch) headers["If-Match"] = ifMatch;
  let response;
  let text;
  try {
    response = await fetch(path, { method, headers, signal, body: body === undefined || raw ? body : JSON.stringify(body) });
    text = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({});
  }
  if (!response.ok) {
    const problem = problemFrom(response.status, text, response.headers.get("Retry-After"));
    // The token has expired or was revoked. A newer sign-in is kept.
    if (problem.status === 401 && session && currentSession()?.token === session.token) closeSession();
    throw problem;
  }
  return { status: response.status, data: text === "" ? null : accept ? text : parse(text, response.status), etag: response.headers.get("ETag") };
}

function parse(text, status) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem({ status, code: "not_json" });
  }
}
