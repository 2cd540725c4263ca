// The sleep timer: playing stops after some minutes, or nothing starts after the end of the video.

import { amount } from "../format/time.js";
import { t } from "../i18n/translate.js";
import { loadSleep, saveSleep } from "./memory.js";

// No timer, minutes, the end of the video.
const choices = ["off", 15, 30, 60, "end"];

const minute = 60_000;
// No video starts by itself when it would be paused so soon. Longer than the end screen waits.
const lastPart = 30_000;

/**
 * The timer of a `<vh-player>`. Minutes count whether or not the video plays, and go on in the next page of the tab that has a
 * timer; the end of the video is that of this page. Events: `changed` when the choice or what `words` says has changed.
 */
export class SleepTimer extends EventTarget {
  #choice = "off";
  #until = 0;
  #over = false;
  #told = 0;
  #timer = null;

  /** `paused()` runs when the time is over and the video was playing; `now()` gives milliseconds. */
  constructor(player, paused, now = Date.now) {
    super();
    this.player = player;
    this.paused = paused;
    this.now = now;
    // The choice stays until the video plays again, so that the end screen starts nothing.
    player.addEventListener("ended", () => (this.#over = this.#choice === "end"));
    player.addEventListener("play", () => this.#over && (this.choice = "off"));
    this.restore();
  }

  /** `off`, minutes or `end`. */
  get choice() {
    return this.#choice;
  }

  set choice(choice) {
    // A video that repeats has no end.
    if (choice === "end") this.player.loop = false;
    const isTimed = typeof choice === "number";
    this.#set(choice, isTimed ? this.now() + choice * minute : 0);
    saveSleep(isTimed ? { minutes: choice, until: this.#until } : null);
  }

  /** What a menu lists: `{label, chosen, run}`. */
  get entries() {
    return choices.map((choice) => ({ label: label(choice), chosen: choice === this.#choice, run: () => (this.choice = choice) }));
  }

  /** The choice in words; of minutes, how many are left. */
  get words() {
    return this.#until > 0 ? t("menu.sleepLeft", { count: this.#minutesLeft, amount: amount(this.#minutesLeft, "minute") }) : label(this.#choice);
  }

  /** Whether no video may start by itself any more. */
  get isResting() {
    return this.#choice === "end" || (this.#until > 0 && this.#until - this.now() < lastPart);
  }

  /** Takes over the minutes that the tab has stored: in a new page, and in one that the browser has kept and shows again. */
  restore() {
    const { minutes, until } = loadSleep();
    const left = until - this.now();
    if (typeof minutes === "number" && choices.includes(minutes) && left > 0 && left <= minutes * minute) this.#set(minutes, until);
    else if (this.#until > 0) this.#set("off", 0);
  }

  /** The minutes that are left, rounded up; 0 unless minutes were chosen. */
  get #minutesLeft() {
    return this.#until === 0 ? 0 : Math.max(1, Math.ceil((this.#until - this.now()) / minute));
  }

  /** Looks at the clock, once a second while minutes count. */
  #tick() {
    if (this.now() < this.#until) {
      if (this.#minutesLeft !== this.#told) this.#tell();
      return;
    }
    this.choice = "off";
    if (this.player.paused) return;
    this.player.pause();
    this.paused();
  }

  #set(choice, until) {
    this.#choice = choice;
    this.#until = until;
    this.#over = false;
    window.clearInterval(this.#timer);
    this.#timer = until > 0 ? window.setInterval(() => this.#tick(), 1000) : null;
    this.#tell();
  }

  #tell() {
    this.#told = this.#minutesLeft;
    this.dispatchEvent(new Event("changed"));
  }
}

function label(choice) {
  if (choice === "off") return t("menu.sleepOff");
  return choice === "end" ? t("menu.sleepEnd") : amount(choice, "minute", "long");
}
