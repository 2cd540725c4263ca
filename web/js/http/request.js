// One request to the API: JSON in, JSON out, a Problem when it does not work.

import { Problem, problemFrom } from "./problem.js";
import { currentSession, expireSession } from "./session.js";

/**
 * `options`: body (sent as JSON, a Blob as it is), signal, anonymous (send no token), ifMatch, accept (a type of text, which is
 * not parsed). Resolves with `{status, data, etag, skew}`; `skew` is the milliseconds that the
 * server's clock is ahead.
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
    if (problem.status === 401 && session && currentSession()?.token === session.token) expireSession();
    throw problem;
  }
  return { status: response.status, data: text === "" ? null : accept ? text : parse(text, response.status), etag: response.headers.get("ETag"), skew: skewOf(response.headers.get("Date")) };
}

/** How far a `Date` header is ahead of this clock, in milliseconds; 0 for less than a minute, or without one. */
export function skewOf(date, now = Date.now()) {
  const ahead = Date.parse(date ?? "") - now;
  return Math.abs(ahead) >= 60_000 ? ahead : 0;
}

function parse(text, status) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem({ status, code: "not_json" });
  }
}
