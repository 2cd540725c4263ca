// Server-sent events from a stream of text, as the HTML standard (section 9.2) parses them.
// EventSource cannot send an Authorization header, so pages read the stream with fetch and this parser.

/** A parser that takes text in chunks and returns the events that are complete. */
export class EventParser {
  #buffer = "";
  #data = [];
  #event = "";
  /** The last `id:` seen. */
  lastEventId = "";
  /** The time between reconnects that the server asks for, in milliseconds, or null. */
  retry = null;

  /** Returns the events finished by `text`: `{event, data, id}`. */
  push(text) {
    this.#buffer += text;
    const events = [];
    for (;;) {
      const end = this.#buffer.search(/\r\n|\n|\r/);
      if (end < 0) break;
      // A lone CR at the very end may be half of a CRLF: wait for the next piece.
      if (this.#buffer[end] === "\r" && end === this.#buffer.length - 1) break;
      const line = this.#buffer.slice(0, end);
      this.#buffer = this.#buffer.slice(end + (this.#buffer.startsWith("\r\n", end) ? 2 : 1));
      const event = this.#line(line);
      if (event) events.push(event);
    }
    return events;
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.lastEventId = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }

  #dispatch() {
    const data = this.#data;
    const event = this.#event || "message";
    this.#data = [];
    this.#event = "";
    return data.length === 0 ? null : { event, data: data.join("\n"), id: this.lastEventId };
  }
}
