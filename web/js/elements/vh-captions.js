// <vh-captions>: the captions of one's own video: send, replace, look at, delete.

import { deleteCaptions, getCaptions, getVideo, putCaptions } from "../http/api.js";
import { clock } from "../format/time.js";
import { ownName, trackName } from "../i18n/language-name.js";
import { language, t } from "../i18n/translate.js";
import { problemSentence } from "../messages/problems.js";
import { cuesOf } from "../player/captions/vtt-cues.js";
import { confirmed } from "../ui/confirm.js";
import { el, setText, show } from "../ui/dom.js";
import { captionText } from "../videos/caption-file.js";
import { languageOptions } from "../videos/caption-languages.js";
import { part } from "./parts.js";

const most = 500;

/**
 * The editor in the light DOM; its content is the partial `captions.mustache`. `fill(video)` shows the captions of a video of the
 * API; `isUnsent` says whether a file was chosen and not sent. Events: `changed` (detail: the list as it is now), `seek` (detail: seconds).
 */
export class VideohostCaptions extends HTMLElement {
  #id = null;
  #list = [];
  #ready = false;

  connectedCallback() {
    if (this.#ready) return;
    this.#ready = true;
    const choice = part(this, "language");
    choice.append(...languageOptions(language()).map(([code, name]) => el("option", { value: code, text: name })), el("option", { value: "", text: t("captions.otherLanguage") }));
    choice.value = language();
    choice.addEventListener("change", () => show(part(this, "tag-field"), choice.value === ""));
    part(this, "caption-file").addEventListener("change", () => this.#look());
    part(this, "caption-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  fill(video) {
    const changed = this.#id !== video.id || JSON.stringify(this.#list) !== JSON.stringify(video.captions ?? []);
    this.#id = video.id;
    this.#list = video.captions ?? [];
    show(part(this, "none"), this.#list.length === 0);
    if (changed) part(this, "caption-list").replaceChildren(...this.#list.map((one) => this.#row(one)));
  }

  get isUnsent() {
    return part(this, "caption-file").files.length > 0;
  }

  #row(captions) {
    const name = this.#name(captions);
    const button = (key, run, kind = "") =>
      el("button", { class: `button button-small ${kind}`, type: "button", "aria-label": t("mine.actionFor", { action: t(`captions.${key}`), title: name }), text: t(`captions.${key}`), data: { action: key }, on: { click: run } });
    const sent = captions.source === "upload";
    return el(
      "li",
      { class: "captions-row" },
      el("span", { class: "captions-name" }, el("bdi", { text: name }), el("span", { class: "row-meta", text: `${captions.language} · ${sent ? t("captions.sent") : t("captions.ofFile")}` })),
      el("span", { class: "captions-actions" }, button("preview", () => this.#preview(captions, name)), button("replace", () => this.#choose(captions)), sent ? button("delete", () => this.#delete(captions, name), "button-quiet") : null),
    );
  }

  #name({ label, language: tag }) {
    return trackName(label, tag, language());
  }

  #say(problem) {
    const sentence = problem === null ? "" : typeof problem === "string" ? problem : problemSentence(problem);
    setText(part(this, "caption-error"), sentence);
    show(part(this, "caption-error"), sentence !== "");
  }

  async #preview({ language: tag }, name) {
    this.#say(null);
    try {
      this.#showCues(t("captions.previewOf", { name }), cuesOf(await getCaptions(this.#id, tag)));
      part(this, "cue-title").focus();
    } catch (problem) {
      this.#say(problem);
    }
  }

  /** Shows what a chosen file says before it is sent. */
  async #look() {
    const [file] = part(this, "caption-file").files;
    this.#say(null);
    this.#sayEncoding("");
    if (!file) return;
    try {
      const { text, encoding } = captionText(await bytesOf(file));
      const cues = cuesOf(text);
      if (cues.length === 0) return this.#refuse(t("captions.noCues"));
      this.#showCues(t("captions.previewOf", { name: file.name }), cues);
      this.#sayEncoding(encoding);
    } catch {
      this.#refuse({ code: "file_unreadable" });
    }
  }

  /** Nothing of the file before is left beside the reason. */
  #refuse(problem) {
    show(part(this, "cue-preview"), false);
    this.#say(problem);
  }

  #sayEncoding(encoding) {
    const note = part(this, "caption-encoding");
    setText(note, encoding === "" ? "" : t("captions.encoding", { encoding }));
    show(note, encoding !== "");
  }

  #showCues(title, cues) {
    setText(part(this, "cue-title"), [title, t("captions.cues", { count: cues.length })].join(" · "));
    const jump = (seconds) => this.dispatchEvent(new CustomEvent("seek", { detail: seconds }));
    const rows = cues.slice(0, most).map(({ start, text }) =>
      el("li", {}, el("button", { class: "captions-time", type: "button", "aria-label": t("watch.jump", { time: clock(start) }), text: clock(start), on: { click: () => jump(start) } }), el("span", { dir: "auto", text })),
    );
    part(this, "cue-list").replaceChildren(...rows);
    show(part(this, "cue-preview"), true);
  }

  /** Prepares the form for other captions of the same language. */
  #choose({ language: tag, label }) {
    const choice = part(this, "language");
    const listed = [...choice.options].some(({ value }) => value === tag);
    choice.value = listed ? tag : "";
    show(part(this, "tag-field"), !listed);
    part(this, "tag").value = tag;
    part(this, "label").value = ownName(label, tag);
    part(this, "caption-file").focus();
    part(this, "caption-file").click();
  }

  async #send() {
    const [file] = part(this, "caption-file").files;
    const tag = part(this, "language").value || part(this, "tag").value.trim();
    this.#say(null);
    if (!file || tag === "") {
      this.#say(file ? t("captions.tagMissing") : t("captions.fileMissing"));
      part(this, file ? "tag" : "caption-file").focus();
      return;
    }
    const button = part(this, "send");
    button.disabled = true;
    try {
      await putCaptions(this.#id, tag, await inUTF8(file), part(this, "label").value.trim());
      part(this, "caption-form").reset();
      part(this, "language").value = language();
      show(part(this, "tag-field"), false);
      show(part(this, "cue-preview"), false);
      this.#sayEncoding("");
      setText(part(this, "caption-said"), t("captions.saved"));
      await this.#changed();
    } catch (problem) {
      this.#say(problem instanceof DOMException ? { code: "file_unreadable" } : problem);
    }
    button.disabled = false;
    button.focus();
  }

  async #delete({ language: tag }, name) {
    if (!(await confirmed({ title: t("captions.deleteTitle"), text: t("captions.deleteText", { name }) }))) return;
    this.#say(null);
    try {
      await deleteCaptions(this.#id, tag);
      setText(part(this, "caption-said"), t("captions.deleted"));
      await this.#changed();
      (this.querySelector(".captions-row button") ?? part(this, "language")).focus();
    } catch (problem) {
      this.#say(problem);
    }
  }

  async #changed() {
    const { captions } = await getVideo(this.#id);
    this.fill({ id: this.#id, captions });
    this.dispatchEvent(new CustomEvent("changed", { detail: captions }));
  }
}

async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
}

/** The file itself where it is in UTF-8, which is all that the server reads, else its text. */
async function inUTF8(file) {
  const { text, encoding } = captionText(await bytesOf(file));
  return encoding === "" ? file : new Blob([text], { type: file.type });
}

customElements.define("vh-captions", VideohostCaptions);
