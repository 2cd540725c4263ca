// Drives the state machine of one upload: performs its commands and feeds it the answers.

import { problemFrom } from "../http/problem.js";
import { initialState, step } from "./machine.js";
import { RateMeter } from "./rate.js";
import { append, check, creation, integerHeader, termination } from "./requests.js";

/**
 * The upload of one file. All dependencies are passed in, so that it runs in a test as it does in a page:
 * `transport(request)` as in xhr.js, `schedule(fn, ms)` → cancel function, `now()` in monotonic milliseconds.
 */
export class TusUpload {
  #file;
  #options;
  #state;
  #abort = null;
  #cancelTimer = null;
  #retryAt = null;

  /** `options`: endpoint, metadata, token(), url, transport, schedule, now, onChange(upload), onUrl(url, expires). */
  constructor(file, options) {
    this.#file = file;
    this.#options = options;
    this.#state = initialState({ size: file.size, url: options.url ?? null });
    this.rate = new RateMeter();
  }

  /** The machine's state; never changed in place. */
  get state() {
    return this.#state;
  }

  /** Seconds until the next automatic attempt, or null. */
  get retryIn() {
    if (this.#state.phase !== "waiting" || this.#retryAt === null) return null;
    return Math.max(0, (this.#retryAt - this.#options.now()) / 1000);
  }

  start() {
    this.#apply({ type: "start" });
  }

  pause() {
    this.#apply({ type: "pause" });
  }

  resume() {
    this.#apply({ type: "resume" });
  }

  /** Ends a wait, because the network is back. */
  online() {
    this.#apply({ type: "online" });
  }

  cancel() {
    this.#apply({ type: "cancel" });
  }

  #apply(event) {
    const before = this.#state.phase;
    const [next, command] = step(this.#state, event);
    this.#state = next;
    if (next.phase !== before && next.phase !== "sending") this.rate.reset();
    this.#run(command);
    this.#options.onChange?.(this);
  }

  #run(command) {
    if (command.kind === "none") return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#retryAt = null;
    if (command.kind !== "wait") this.#stopRequest();
    switch (command.kind) {
      case "create":
        this.#create();
        break;
      case "head":
        this.#head(command.url);
        break;
      case "patch":
        this.#patch(command.url, command.offset);
        break;
      case "wait":
        this.#retryAt = this.#options.now() + command.delay;
        this.#cancelTimer = this.#options.schedule(() => this.#apply({ type: "timer" }), command.delay);
        break;
      case "terminate":
        this.#options.transport(termination(command.url)).catch(() => {});
        break;
      default:
        break;
    }
  }

  #stopRequest() {
    this.#abort?.abort();
    this.#abort = null;
  }

  async #create() {
    const { endpoint, metadata, token, onUrl } = this.#options;
    const answer = await this.#send(creation({ endpoint, size: this.#file.size, metadata, token: token?.() }));
    if (!answer) return;
    const location = answer.status === 201 ? answer.header("Location") : null;
    if (!location) {
      this.#fault("POST", answer);
      return;
    }
    const url = new URL(location, endpoint).href;
    onUrl?.(url, answer.header("Upload-Expires"));
    this.#apply({ type: "created", url, offset: integerHeader(answer, "Upload-Offset") ?? 0 });
  }

  async #head(url) {
    const answer = await this.#send(check(url));
    if (!answer) return;
    const offset = integerHeader(answer, "Upload-Offset");
    if (answer.status >= 200 && answer.status < 300 && offset !== null) this.#apply({ type: "offset", offset });
    else this.#fault("HEAD", answer);
  }

  async #patch(url, offset) {
    const request = append(url, offset, this.#file);
    this.rate.sample(offset, this.#options.now());
    const onProgress = (loaded) => {
      this.rate.sample(offset + loaded, this.#options.now());
      this.#apply({ type: "progress", bytes: loaded });
    };
    const answer = await this.#send({ ...request, onProgress });
    if (!answer) return;
    const reached = integerHeader(answer, "Upload-Offset");
    if (answer.status === 204 && reached !== null) {
      this.#options.onUrl?.(url, answer.header("Upload-Expires"));
      this.#apply({ type: "accepted", offset: reached });
    } else if (answer.status === 0 && !(await this.#readable(offset))) {
      this.#apply({ type: "unreadable" });
    } else {
      this.#fault("PATCH", answer);
    }
  }

  /** Whether the file is still readable: the request for a changed, moved or deleted file fails like a lost connection. */
  async #readable(offset) {
    try {
      await this.#file.slice(offset, offset + 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }

  /** The answer, or null when another command has aborted this request. */
  async #send(request) {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const answer = await this.#options.transport({ ...request, signal: abort.signal });
      return abort.signal.aborted ? null : answer;
    } catch {
      return null;
    } finally {
      if (this.#abort === abort) this.#abort = null;
    }
  }

  #fault(method, answer) {
    // A success without its required header counts as no answer.
    const status = answer.status >= 200 && answer.status < 300 ? 0 : answer.status;
    const problem = problemFrom(status, answer.text, answer.header("Retry-After"));
    this.#apply({ type: "fault", method, status, problem, retryAfter: problem.retryAfter, random: Math.random() });
  }
}
