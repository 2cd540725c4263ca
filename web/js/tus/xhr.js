// Sends one request by XMLHttpRequest, because fetch reports no upload progress.

/**
 * Resolves with `{status, text, header(name)}`; status 0 means that no answer came.
 * Rejects only with an AbortError, when `signal` fires.
 */
export function send({ method, url, headers, body = null, onProgress = null, signal = null }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const stopped = () => new DOMException("stopped", "AbortError");
    if (signal?.aborted) {
      reject(stopped());
      return;
    }
    const abort = () => xhr.abort();
    signal?.addEventListener("abort", abort, { once: true });
    const settle = (finish) => {
      signal?.removeEventListener("abort", abort);
      finish();
    };
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    if (onProgress) xhr.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    xhr.addEventListener("load", () =>
      settle(() => resolve({ status: xhr.status, text: xhr.responseText, header: (name) => xhr.getResponseHeader(name) })),
    );
    xhr.addEventListener("error", () => settle(() => resolve({ status: 0, text: "", header: () => null })));
    xhr.addEventListener("abort", () => settle(() => reject(stopped())));
    xhr.send(body);
  });
}
