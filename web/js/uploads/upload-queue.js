// The queue of this page's uploads: a few run at the same time, and waiting ones resume when the network returns.

import { t } from "../i18n/translate.js";
import { fingerprint } from "../tus/fingerprint.js";
import { UploadMemory } from "../tus/memory.js";
import { currentSession } from "../http/session.js";
import { notice, toast } from "../ui/toast.js";
import { UploadItem } from "./item.js";

const runningLimit = 2;

/** Events: `added` for a new item, `item` at each change of one (detail: the item). */
export class UploadQueue extends EventTarget {
  #items = [];

  constructor() {
    super();
    this.memory = new UploadMemory(safeStorage() ?? { length: 0, key: () => null, getItem: () => null, setItem: () => {}, removeItem: () => {} });
    window.addEventListener("online", () => this.#items.forEach((item) => item.upload?.online()));
    window.addEventListener("beforeunload", (event) => {
      // A closed page would stop the upload, so the browser asks first.
      if (this.#items.some((item) => item.busy)) event.preventDefault();
    });
    // The countdown to a retry is shown in seconds.
    window.setInterval(() => {
      for (const item of this.#items) if (item.upload?.state.phase === "waiting") this.#tell("item", item);
    }, 1000);
  }

  /** Queues files. `into` is an existing draft for the first one: `{videoId, title}`. */
  add(files, into = null) {
    for (const file of files) this.#take(file, into);
    this.#pump();
  }

  /** The item that uploads to this video, or null. */
  ofVideo(videoId) {
    return this.#items.find((item) => item.videoId === videoId && !item.over) ?? null;
  }

  /** Resumes an item that is paused, failed or waiting. */
  resume(item) {
    item.resume();
    this.#pump();
  }

  #take(file, into) {
    if (file.size === 0) {
      notice(t("uploads.emptyFile", { name: file.name }));
      return;
    }
    const print = fingerprint(file, currentSession()?.name ?? "");
    if (this.#items.some((item) => item.print === print && !item.over)) {
      toast(t("uploads.alreadyUploading", { name: file.name }));
      return;
    }
    const record = this.memory.recall(print);
    const fits = into === null || record?.videoId === into.videoId;
    if (into !== null && !fits) {
      const known = this.memory.ofVideo(into.videoId);
      if (known && known.record.size !== file.size) {
        notice(t("uploads.otherFile", { name: known.record.fileName }));
      }
      if (known) this.memory.forget(known.print);
    }
    const item = new UploadItem({
      file,
      print,
      memory: this.memory,
      record: fits ? record : null,
      videoId: into?.videoId ?? null,
      title: into?.title ?? null,
      onChange: (changed) => this.#changed(changed),
    });
    this.#items.push(item);
    if (safeStorage() === null) notice(t("uploads.notStored"));
    this.#tell("added", item);
  }

  #changed(item) {
    if (item.over) this.#items = this.#items.filter((other) => other !== item);
    this.#tell("item", item);
    this.#pump();
  }

  #pump() {
    for (const item of this.#items) {
      if (this.#items.filter(({ busy }) => busy).length >= runningLimit) return;
      if (item.phase === "queued") item.start();
    }
  }

  #tell(type, item) {
    this.dispatchEvent(new CustomEvent(type, { detail: item }));
  }
}

/** The browser's storage, or null where it is forbidden. */
function safeStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
