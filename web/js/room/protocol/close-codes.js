// The close codes of a room's socket and what to do after each. Pure.

const final = new Set([4000, 4001, 4002, 4003, 4005, 4006, 4009]);

/** Whether to reconnect after a close, and when. `bye` is the server's `bye` message before it, or null. */
export function afterClose(code, bye) {
  const back = bye ? bye.reconnect === true : !final.has(code);
  const afterMs = back && Number.isFinite(bye?.afterMs) && bye.afterMs > 0 ? bye.afterMs : null;
  return { back, afterMs, code: bye?.code ?? code, reason: typeof bye?.reason === "string" ? bye.reason : "" };
}
