// One chosen file: from the queue, through a draft video, to a finished upload.

import { createVideo, deleteVideo } from "../http/api.js";
import { currentSession } from "../http/session.js";
import { send } from "../tus/xhr.js";
import { TusUpload } from "../tus/upload.js";
import { isRejection } from "../messages/rejections.js";
import { titleFromFileName } from "../messages/titles.js";

// Codes with which the server refuses a file for good.
const refusals = new Set(["quota_exceeded", "upload_too_large"]);

const endpoint = () => new URL("/v1/uploads", window.location.href).href;

function schedule(run, ms) {
  const timer = window.setTimeout(run, ms);
  return () => window.clearTimeout(timer);
}

/** Phases: queued, preparing, running, failed (before there was an upload), done, cancelled. */
export class UploadItem {
  // Whether this item has created the draft.
  #ownDraft = false;

  /** `memory` stores the upload's address under `print`; `record` is its stored record of this file. */
  constructor({ file, print, memory, record = null, videoId = null, title = null, onChange }) {
    this.file = file;
    this.print = print;
    this.videoId = record?.videoId ?? videoId;
    this.title = record?.title ?? title ?? titleFromFileName(file.name);
    this.phase = "queued";
    this.problem = null;
    this.upload = null;
    this.resumes = record !== null;
    this.memory = memory;
    this.url = record?.url ?? null;
    this.onChange = onChange;
  }

  /** Whether it counts towards the uploads that run at the same time. */
  get busy() {
    if (this.phase === "preparing") return true;
    return this.phase === "running" && !["paused", "failed", "done", "cancelled"].includes(this.upload.state.phase);
  }

  get over() {
    return this.phase === "done" || this.phase === "cancelled";
  }

  /** Creates the draft if there is none, then sends the bytes. */
  async start() {
    this.#become("preparing");
    try {
      if (this.videoId === null) {
        const { id } = await createVideo(this.title);
        this.#ownDraft = true;
        if (this.phase === "cancelled") return;
        this.videoId = id;
        this.#remember();
      }
    } catch (problem) {
      this.problem = problem;
      this.#become("failed");
      return;
    }
    this.upload = new TusUpload(this.file, {
      endpoint: endpoint(),
      url: this.url,
      metadata: { videoId: this.videoId, filename: this.file.name, filetype: this.file.type },
      token: () => currentSession()?.token,
      transport: send,
      schedule,
      now: () => performance.now(),
      onUrl: (url, expires) => this.#remember(url, expires),
      onChange: () => this.#follow(),
    });
    this.phase = "running";
    this.upload.start();
  }

  /** Continues after a pause or a failure, or at once instead of waiting for the next attempt. */
  resume() {
    this.problem = null;
    if (this.upload) this.upload.resume();
    else this.#become("queued");
  }

  pause() {
    this.upload?.pause();
  }

  /** Stops the upload and deletes its record; the caller deletes the draft. */
  cancel() {
    this.memory.forget(this.print);
    this.upload?.cancel();
    this.#become("cancelled");
  }

  #remember(url = this.url, expiresHeader = null) {
    this.url = url;
    const expires = Date.parse(expiresHeader ?? "");
    this.memory.remember(this.print, {
      url,
      videoId: this.videoId,
      title: this.title,
      fileName: this.file.name,
      size: this.file.size,
      ...(Number.isFinite(expires) ? { expires } : {}),
    });
  }

  #follow() {
    if (this.upload.state.phase === "done") {
      this.memory.forget(this.print);
      this.#become("done");
      return;
    }
    const { phase, problem, url } = this.upload.state;
    // The server has terminated an upload of such a file.
    const isRejected = isRejection(problem?.code);
    const isOver = isRejected || (url === null && refusals.has(problem?.code));
    if (phase === "failed" && isOver && this.#ownDraft) this.#dropDraft(problem);
    else this.onChange(this);
  }

  /** Deletes the video when nothing of the file is stored, since it counts towards the account's quota. A retry creates a new one. */
  #dropDraft(problem) {
    const id = this.videoId;
    this.memory.forget(this.print);
    [this.videoId, this.url, this.upload, this.problem] = [null, null, null, problem];
    this.#ownDraft = false;
    deleteVideo(id).catch(() => {});
    this.#become("failed");
  }

  #become(phase) {
    this.phase = phase;
    this.onChange(this);
  }
}
