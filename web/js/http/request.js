// One request to the API: JSON in, JSON out, a Problem when it does not work.

import { Problem, problemFrom } from "./problem.js";
import { closeSession, currentSession } from "./session.js";

/** `options`: body (sent as JSON), signal, anonymous (send no token), ifMatch. Resolves with `{status, data, etag}`. */
export async function request(method, path, { body, signal, anonymous = false, ifMatch } = {}) {
  const headers = { Accept: "application/json" };
  const session = anonymous ? null : currentSession();
  if (session) headers.Authorization = `Bearer ${session.token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (ifMatch) headers["If-Match"] = ifMatch;
  let response;
  let text;
  try {
    response = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
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
  return { status: response.status, data: text === "" ? null : parse(text, response.status), etag: response.headers.get("ETag") };
}

function parse(text, status) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem({ status, code: "not_json" });
  }
}
