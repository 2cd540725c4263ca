// What the codes mean with which the server closes a connection: pure.

const final = new Set([4000, 4001, 4002, 4003, 4005, 4006, 4009]);

/** Whether to come back after a close, and when. `bye` is what the server said before, or null. */
export function afterClose(code, bye) {
  const back = bye ? bye.reconnect === true : !final.has(code);
  const afterMs = back && Number.isFinite(bye?.afterMs) && bye.afterMs > 0 ? bye.afterMs : null;
  return { back, afterMs, code: bye?.code ?? code, reason: typeof bye?.reason === "string" ? bye.reason : "" };
}
