// <vh-owner>: the owner's bar on a video's page.

import { changeVideo, createVideo, deleteVideo } from "../http/api.js";
import { t } from "../i18n/translate.js";
import { problemSentence } from "../messages/problems.js";
import { confirmed } from "../ui/confirm.js";
import { el, setAttribute, setText, show } from "../ui/dom.js";
import { placeIcons } from "../ui/icons.js";
import { ProgressBar } from "../ui/progress-bar.js";
import { chooseOne } from "../uploads/file-input.js";
import { UploadQueue } from "../uploads/upload-queue.js";
import { uploadView } from "../uploads/upload-view.js";
import { rowView } from "../videos/row-view.js";
import { part } from "./parts.js";
import "./vh-captions.js";

// A draft takes a file; what was rejected or has failed needs a new video.
const takesFile = new Set(["draft", "uploading"]);
const ended = new Set(["rejected", "failed"]);

/**
 * The bar in the light DOM; its content is the partial `owner.mustache`: the video's state, what is missing
 * and what to do, notes about its file, its title and description, its captions, another file.
 *
 * Set by the element: `data-busy` while a form is open, so that nobody is taken away from it; the browser asks before what was typed
 * is lost.
 *
 * Method: `show(video)` shows a video of the API, and the bar. Events: `changed` (detail: the video as it is now), `seek` (detail:
 * seconds), `forms` (detail: whether a form is open).
 */
export class VideohostOwner extends HTMLElement {
  #video = null;
  #queue = null;
  #item = null;
  #bar = null;
  #typed = ["", ""];

  connectedCallback() {
    if (this.#bar) return;
    placeIcons(this);
    this.#bar = new ProgressBar(t("common.progress"));
    part(this, "upload-bar").append(this.#bar.node);
    part(this, "edit").addEventListener("click", () => (part(this, "form").hidden ? this.#edit() : this.#leave()));
    part(this, "cancel").addEventListener("click", () => this.#leave());
    part(this, "form").addEventListener("keydown", (event) => event.key === "Escape" && this.#leave());
    part(this, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    part(this, "captions-open").addEventListener("click", () => this.#toggleCaptions());
    part(this, "replace").addEventListener("click", () => this.#replace());
    part(this, "delete").addEventListener("click", () => this.#delete());
    part(this, "upload-cancel").addEventListener("click", () => this.#cancelUpload());
    part(this, "upload-again").addEventListener("click", () => this.#queue.resume(this.#item));
    this.#captions.addEventListener("changed", ({ detail }) => this.#tell({ ...this.#video, captions: detail }));
    this.#captions.addEventListener("seek", ({ detail }) => this.dispatchEvent(new CustomEvent("seek", { detail })));
  }

  show(video) {
    this.#video = video;
    const view = rowView({ video, item: null });
    setText(part(this, "state"), view.label);
    setAttribute(part(this, "state"), "data-tone", view.tone);
    // What was rejected, has failed or is blocked has its reason in the stage above.
    const reason = takesFile.has(video.state) ? view.message : "";
    show(part(this, "why"), reason !== "" || view.advice !== "");
    setAttribute(part(this, "why"), "data-tone", view.tone);
    setText(part(this, "reason"), reason);
    show(part(this, "reason"), reason !== "");
    setText(part(this, "advice"), view.advice);
    show(part(this, "advice"), view.advice !== "");
    const notes = part(this, "notes");
    notes.replaceChildren(...view.notes.map((text) => el("li", { text })));
    show(notes, view.notes.length > 0);
    show(part(this, "replace"), (takesFile.has(video.state) || ended.has(video.state)) && this.#item === null);
    setText(part(this, "replace-text"), ended.has(video.state) ? t("mine.action.replace") : t("mine.action.choose"));
    this.#captions.fill(video);
    this.hidden = false;
  }

  get #captions() {
    return this.querySelector("vh-captions");
  }

  #tell(video) {
    this.dispatchEvent(new CustomEvent("changed", { detail: video }));
  }

  #edit() {
    part(this, "title").value = this.#video.title;
    part(this, "description").value = this.#video.description ?? "";
    this.#typed = this.#fields;
    this.#say("");
    show(part(this, "form"), true);
    this.#guard();
    setAttribute(part(this, "edit"), "aria-expanded", "true");
    part(this, "title").focus();
  }

  #leave() {
    show(part(this, "form"), false);
    this.#guard();
    setAttribute(part(this, "edit"), "aria-expanded", "false");
    part(this, "edit").focus();
  }

  get #fields() {
    return [part(this, "title").value, part(this, "description").value];
  }

  /** Only while a form is open: a page that listens all the time is not kept for the way back. */
  #guard() {
    const isOpen = !part(this, "form").hidden || !this.#captions.hidden;
    this.toggleAttribute("data-busy", isOpen);
    this.dispatchEvent(new CustomEvent("forms", { detail: isOpen }));
    if (isOpen) window.addEventListener("beforeunload", this);
    else window.removeEventListener("beforeunload", this);
  }

  /** The browser asks before what was typed or chosen is lost. */
  handleEvent(event) {
    const isTyped = !part(this, "form").hidden && this.#fields.some((text, at) => text !== this.#typed[at]);
    if (isTyped || (!this.#captions.hidden && this.#captions.isUnsent)) event.preventDefault();
  }

  #say(sentence) {
    setText(part(this, "form-error"), sentence);
    show(part(this, "form-error"), sentence !== "");
  }

  /** What was typed stays in the form until the server has taken it. */
  async #save() {
    const title = part(this, "title").value.trim();
    if (title === "") {
      this.#say(t("owner.titleMissing"));
      part(this, "title").focus();
      return;
    }
    const button = part(this, "save");
    button.disabled = true;
    try {
      this.#tell({ ...this.#video, ...(await changeVideo(this.#video.id, { title, description: part(this, "description").value })) });
      this.#leave();
    } catch (problem) {
      this.#say(problemSentence(problem));
    }
    button.disabled = false;
  }

  #toggleCaptions() {
    const open = this.#captions.hidden;
    show(this.#captions, open);
    this.#guard();
    setAttribute(part(this, "captions-open"), "aria-expanded", String(open));
  }

  async #delete() {
    if (!(await confirmed({ title: t("mine.deleteTitle"), text: t("mine.deleteText", { title: this.#video.title }) }))) return;
    try {
      await deleteVideo(this.#video.id);
      window.removeEventListener("beforeunload", this);
      window.location.assign("/");
    } catch (problem) {
      this.#showUpload(problemSentence(problem), false);
    }
  }

  async #replace() {
    const file = await chooseOne();
    if (!file) return;
    const { id, title, description, state } = this.#video;
    try {
      const into = ended.has(state) ? (await createVideo(title, { description })).id : id;
      this.#send(file, into, title);
    } catch (problem) {
      this.#showUpload(problemSentence(problem), false);
    }
  }

  #send(file, videoId, title) {
    if (this.#queue === null) {
      this.#queue = new UploadQueue();
      this.#queue.addEventListener("added", ({ detail }) => this.#draw(detail));
      this.#queue.addEventListener("item", ({ detail }) => this.#draw(detail));
    }
    this.#queue.add([file], { videoId, title });
  }

  async #draw(item) {
    this.#item = item.over ? null : item;
    show(part(this, "replace"), this.#item === null);
    if (item.phase === "done") {
      const old = this.#video.id;
      // The page of the new video takes the place of the one that never became one.
      if (item.videoId !== old) await deleteVideo(old).catch(() => {});
      window.location.replace(`/watch/${encodeURIComponent(item.videoId)}`);
      return;
    }
    if (item.over) {
      show(part(this, "upload"), false);
      return;
    }
    const view = uploadView(item);
    this.#bar.update({ value: view.value, text: [view.label, view.text].filter(Boolean).join(" · ") });
    show(part(this, "upload-again"), view.actions.some((name) => ["again", "now", "resume"].includes(name)));
    this.#showUpload(view.note, true);
  }

  #showUpload(note, running) {
    show(part(this, "upload"), true);
    show(this.#bar.node, running);
    show(part(this, "upload-cancel"), running);
    if (!running) show(part(this, "upload-again"), false);
    setText(part(this, "upload-note"), note);
  }

  #cancelUpload() {
    const item = this.#item;
    if (!item) return;
    item.cancel();
    if (item.videoId && item.videoId !== this.#video.id) deleteVideo(item.videoId).catch(() => {});
    part(this, "replace").focus();
  }
}

customElements.define("vh-owner", VideohostOwner);
