// One row of "Your videos": built once, then updated where something changed.

import { t } from "../i18n/translate.js";
import { el, setAttribute, setText, show } from "../ui/dom.js";
import { icon, setIcon } from "../ui/icons.js";
import { ProgressBar, StageList } from "../ui/progress-bar.js";
import { uploadView } from "../uploads/upload-view.js";
import { rowView } from "./row-view.js";

// Icon and look of each action's button.
const actionFaces = {
  watch: ["play", "button-primary"],
  open: ["film"],
  copy: ["link"],
  rename: ["pencil"],
  delete: ["trash"],
  cancel: ["close"],
  pause: ["pause"],
  resume: ["play", "button-primary"],
  again: ["retry", "button-primary"],
  now: ["retry", "button-primary"],
  choose: ["file", "button-primary"],
  replace: ["file", "button-primary"],
  signin: ["user", "button-primary"],
};
// These actions show an icon without a label.
const wordless = new Set(["copy", "rename", "delete", "cancel", "pause"]);

/** `onAction(name, row)` is called for each button. */
export class VideoRow {
  video = null;
  item = null;
  remembered = false;
  #shownActions = "";
  #shownPoster = null;

  constructor(onAction) {
    this.onAction = onAction;
    this.thumb = el("a", { class: "row-thumb", tabindex: "-1", "aria-hidden": "true" }, icon("film"));
    this.title = el("h3", { class: "row-title", dir: "auto" });
    this.state = el("span", { class: "state" });
    this.meta = el("span", { class: "row-meta" });
    this.bar = new ProgressBar(t("common.progress"));
    this.stages = new StageList();
    this.message = el("p", { class: "row-message" });
    this.text = el("span");
    this.code = el("code", { class: "row-code" });
    this.advice = el("span");
    this.message.append(this.text, " ", this.code, " ", this.advice);
    this.actions = el("div", { class: "row-actions" });
    const head = el("div", { class: "row-head" }, this.title, el("p", { class: "row-line" }, this.state, this.meta));
    this.node = el("li", { class: "row" }, this.thumb, el("div", { class: "row-body" }, head, this.bar.node, this.stages.node, this.message), this.actions);
  }

  /** Draws the current state and returns the view, which a caller may announce. */
  draw() {
    const { video, item, remembered } = this;
    const view = rowView({ video, item, remembered, upload: item && !item.over ? uploadView(item) : null });
    setText(this.title, view.title);
    setText(this.state, view.label);
    setAttribute(this.state, "data-tone", view.tone);
    setText(this.meta, view.meta);
    setAttribute(this.bar.track, "aria-label", t("mine.barLabel", { title: view.title, state: view.label }));
    show(this.bar.node, view.bar !== null);
    if (view.bar) this.bar.update(view.bar);
    setAttribute(this.bar.track, "data-tone", view.tone);
    show(this.stages.node, view.stages.length > 0);
    this.stages.update(view.stages);
    show(this.message, view.message !== "");
    setText(this.text, view.message);
    setText(this.advice, view.advice);
    show(this.code, view.code !== "");
    setText(this.code, view.code && t("common.code", { code: view.code }));
    this.#drawPoster(view);
    this.#drawActions(view);
    return view;
  }

  /** Gives the focus to an action's button, if nothing else has it. */
  focus(action) {
    if (document.activeElement === document.body) this.actions.querySelector(`[data-action="${action}"]`)?.focus();
  }

  #drawPoster({ poster, watchUrl, tone }) {
    if (watchUrl) setAttribute(this.thumb, "href", watchUrl);
    else this.thumb.removeAttribute("href");
    setAttribute(this.thumb, "data-tone", tone);
    if (poster === this.#shownPoster) return;
    this.#shownPoster = poster;
    const image = poster ? el("img", { src: poster, alt: "", loading: "lazy", on: { error: () => image.replaceWith(icon("film")) } }) : icon("film");
    this.thumb.replaceChildren(image);
  }

  #drawActions({ actions, watchUrl, title }) {
    const shown = `${actions.join(" ")} ${watchUrl} ${title}`;
    if (shown === this.#shownActions) return;
    this.#shownActions = shown;
    const focused = this.actions.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    this.actions.replaceChildren(...actions.map((name) => this.#button(name, watchUrl, title)));
    if (focused) (this.actions.querySelector(`[data-action="${focused}"]`) ?? this.actions.querySelector("a, button"))?.focus();
  }

  #button(name, watchUrl, title) {
    const [picture, look = ""] = actionFaces[name];
    const label = t(`mine.action.${name}`);
    const short = wordless.has(name);
    const face = {
      class: `button button-small ${short ? "button-quiet button-icon" : look}`,
      "aria-label": t("mine.actionFor", { action: label, title }),
      title: short ? label : null,
      data: { action: name },
    };
    const button = name === "watch" || name === "open" ? el("a", { ...face, href: watchUrl }) : el("button", { ...face, type: "button", on: { click: () => this.onAction(name, this) } });
    setIcon(button, picture);
    if (!short) button.append(el("span", { text: label }));
    return button;
  }
}
