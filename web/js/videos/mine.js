// "Your videos": the server's list, joined with the uploads of this page, kept up to date.

import { listMine } from "../http/api.js";
import { follow } from "../http/live.js";
import { currentSession } from "../http/session.js";
import { has, t } from "../i18n/translate.js";
import { part } from "../elements/parts.js";
import { setText, show } from "../ui/dom.js";
import { Trouble } from "../ui/trouble.js";
import { rowActions } from "./row-actions.js";
import { VideoRow } from "./row.js";

/** Events: `published` when a video becomes ready. */
export class MyVideos extends EventTarget {
  #rows = new Set();
  #follows = new Map();
  #next = null;
  #trouble;
  #act;

  /** `panel` is the element that has the list, `live` the page's region for screen readers. */
  constructor(panel, { queue, openAccount, live }) {
    super();
    this.panel = panel;
    this.live = live;
    this.#trouble = new Trouble(this.#part("mine-more").parentElement);
    this.queue = queue;
    this.#act = rowActions({ queue, mine: this, openAccount });
    this.#part("mine-more").addEventListener("click", () => this.#more());
    queue.addEventListener("added", ({ detail: item }) => this.#added(item));
    queue.addEventListener("item", ({ detail: item }) => this.#changed(item));
    document.addEventListener("visibilitychange", () => !document.hidden && this.#refresh());
    // Refreshes "3 minutes ago".
    window.setInterval(() => this.#rows.forEach((row) => row.draw()), 30_000);
  }

  /** Loads the list of the user who is signed in now. */
  async reload() {
    for (const row of [...this.#rows]) if (!row.item) this.#remove(row);
    const signedIn = currentSession() !== null;
    show(this.#part("mine"), signedIn || this.#rows.size > 0);
    if (signedIn) await this.#load(null);
    else this.#trouble.clear();
  }

  /** Removes a row: the video was deleted, or the upload was cancelled before there was a video. */
  drop(row) {
    const rows = [...this.#part("mine-list").children];
    const at = rows.indexOf(row.node);
    const beside = rows[at + 1] ?? rows[at - 1];
    const held = row.node.contains(document.activeElement) || document.activeElement === document.body;
    this.#remove(row);
    this.#summarise();
    if (held) (beside?.querySelector("a:not([tabindex]), button") ?? this.#part("mine-title")).focus();
  }

  /** Applies the server's newest state of a video. */
  learn(video) {
    const row = this.#rowOf(video.id);
    if (row) this.#take(row, video);
  }

  async #load(cursor) {
    this.#trouble.clear();
    this.#part("mine-list").setAttribute("aria-busy", "true");
    try {
      const { data, page } = await listMine(cursor);
      for (const video of data) {
        const row = this.#rowOf(video.id) ?? this.#insert(false);
        this.#take(row, video);
      }
      this.#next = page?.next ?? null;
    } catch (problem) {
      // A session that has ended says so itself.
      if (problem.status !== 401) this.#trouble.tell(problem, () => this.#load(cursor));
      show(this.#part("mine-empty"), false);
      this.#part("mine-list").setAttribute("aria-busy", "false");
      return;
    }
    this.#part("mine-list").setAttribute("aria-busy", "false");
    show(this.#part("mine-more"), this.#next !== null);
    this.#summarise();
  }

  /** Loads the next page; where the button goes with it, its focus goes to the first row that came. */
  async #more() {
    const before = this.#part("mine-list").children.length;
    await this.#load(this.#next);
    if (this.#next === null) this.#part("mine-list").children[before]?.querySelector("a:not([tabindex]), button")?.focus();
  }

  #part(name) {
    return part(this.panel, name);
  }

  /** Reloads the newest videos: settled ones are not followed and may have been blocked meanwhile. */
  async #refresh() {
    if (!currentSession()) return;
    const { data } = await listMine(null).catch(() => ({ data: [] }));
    for (const video of data) this.learn(video);
  }

  #added(item) {
    const row = (item.videoId && this.#rowOf(item.videoId)) || this.#insert(true);
    row.item = item;
    if (row.video) this.#unfollow(row.video.id);
    row.draw();
    show(this.#part("mine"), true);
    this.#summarise();
  }

  #changed(item) {
    const row = [...this.#rows].find((one) => one.item === item);
    if (!row) return;
    if (item.phase === "done") {
      row.item = null;
      row.video = { ...(row.video ?? {}), id: item.videoId, title: row.video?.title ?? item.title, state: "processing", progress: 0 };
      this.#follow(row);
      setText(this.live, t("mine.nowProcessing", { title: item.title }));
    }
    row.draw();
    this.#summarise();
  }

  #insert(first) {
    const row = new VideoRow(this.#act);
    this.#rows.add(row);
    if (first) this.#part("mine-list").prepend(row.node);
    else this.#part("mine-list").append(row.node);
    return row;
  }

  #take(row, video) {
    const before = row.video?.state;
    row.video = video;
    row.item = this.queue.ofVideo(video.id);
    row.remembered = this.queue.memory.ofVideo(video.id) !== null;
    row.draw();
    if (before && before !== video.state) this.#announce(video);
    if (before && before !== "ready" && video.state === "ready") this.dispatchEvent(new Event("published"));
    if (!row.item && ["uploading", "processing", "playable"].includes(video.state)) this.#follow(row);
  }

  #announce(video) {
    const key = `mine.changed.${video.state}`;
    if (has(key)) setText(this.live, t(key, { title: video.title }));
  }

  #follow(row) {
    const id = row.video.id;
    if (this.#follows.has(id)) return;
    const onGone = (problem) => {
      this.#unfollow(id);
      if (problem.status === 404 || problem.status === 410) this.drop(row);
    };
    this.#follows.set(id, follow(id, { onVideo: (video) => this.#rows.has(row) && this.#take(row, video), onGone }));
  }

  #unfollow(id) {
    this.#follows.get(id)?.();
    this.#follows.delete(id);
  }

  #remove(row) {
    if (row.video) this.#unfollow(row.video.id);
    row.node.remove();
    this.#rows.delete(row);
  }

  #rowOf(videoId) {
    return [...this.#rows].find((row) => row.video?.id === videoId || row.item?.videoId === videoId) ?? null;
  }

  #summarise() {
    const uploading = [...this.#rows].filter((row) => row.item?.busy).length;
    setText(this.#part("mine-summary"), uploading > 0 ? t("mine.uploading", { count: uploading }) : "");
    show(this.#part("mine-empty"), this.#rows.size === 0 && !this.#trouble.isTold);
  }
}
