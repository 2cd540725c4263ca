"""What is wrong with a page as it is laid out: found in a browser, in any state, look and direction."""

from __future__ import annotations

from typing import Any

# Functions that the checks below share.
_COMMON = """
const shown = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const name = (node) => `${node.localName}${node.id ? `#${node.id}` : ""}${node.dataset?.part ? `[${node.dataset.part}]` : ""} "${(node.textContent || node.getAttribute("aria-label") || "").trim().slice(0, 30)}"`;
// What a person can work with now: the dialog, menu or panel that lies over everything else, or the page.
const scope = () => {
  const open = "dialog:modal, [role=menu]:not([hidden]), [data-part=panel]:not([hidden]), [data-part=end]:not([hidden]), [data-part=error]:not([hidden])";
  const over = [...document.querySelectorAll(open)].filter(shown);
  return over.at(-1) ?? document.fullscreenElement ?? document.body;
};
const forScreenReaders = (node) => node.closest(".visually-hidden, .skip") !== null || getComputedStyle(node).clipPath === "inset(50%)";
// The box of the nearest ancestors that cut off what sticks out; `isWanted` where dots say that something is missing.
const cutBy = (node) => {
  const boxes = [];
  for (let one = node; one && one !== document.documentElement; one = one.parentElement) {
    const { overflowX, textOverflow, webkitLineClamp, position } = getComputedStyle(one);
    if (overflowX !== "visible") {
      const scrolls = overflowX === "auto" || overflowX === "scroll";
      boxes.push({ box: one.getBoundingClientRect(), isWanted: scrolls || textOverflow === "ellipsis" || webkitLineClamp !== "none" });
    }
    if (position === "fixed") break;
  }
  return boxes;
};
const settled = async () => {
  do await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  while (document.getAnimations().some((animation) => animation instanceof CSSTransition));
};
const inside = ({ left, right, top, bottom }, x, y) => x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1;
const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
const light = (colour) => {
  const [r, g, b] = numbers(colour).map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [low, high] = [light(one), light(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
"""

_UNREACHABLE = """() => {
  const wrong = [];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) wrong.push(`the page is ${page.scrollWidth} px wide`);
  const used = scope();
  const all = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  for (const node of used.querySelectorAll(all)) {
    if (!shown(node) || forScreenReaders(node)) continue;
    node.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const { left, right, top, bottom } = node.getBoundingClientRect();
    if (right - left < 1 || bottom - top < 1) continue;
    const [x, y] = [(Math.max(0, left) + Math.min(innerWidth, right)) / 2, (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2];
    if (left < -1 || right > innerWidth + 1) wrong.push(`${name(node)} sticks out to the side: ${left}…${right}`);
    const hit = document.elementFromPoint(x, y);
    // A notice lies over the page until it is closed.
    if (hit?.closest(".toasts") && !node.closest(".toasts")) continue;
    if (!hit || !(node.contains(hit) || hit.contains(node) || hit.control === node)) wrong.push(`${name(node)} is under ${hit ? name(hit) : "nothing"}`);
  }
  return wrong;
}"""

_COVERED = """() => {
  const wrong = [];
  const walker = document.createTreeWalker(scope(), NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || !shown(node) || forScreenReaders(node) || node.closest("script, template, option, [aria-hidden=true]") || getComputedStyle(node).pointerEvents === "none") continue;
    node.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const range = document.createRange();
    range.selectNodeContents(text);
    const cutting = cutBy(node);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      if (right - left < 6) continue;
      const y = (top + bottom) / 2;
      for (const x of [left + 2, (left + right) / 2, right - 2]) {
        const cut = cutting.find(({ box }) => !inside(box, x, y));
        if (cut) {
          if (!cut.isWanted) wrong.push(`${name(node)} is cut`);
          continue;
        }
        if (x < 0 || x > innerWidth) wrong.push(`${name(node)} is outside: ${Math.round(x)}`);
        const hit = y < 0 || y > innerHeight ? null : document.elementFromPoint(x, y);
        if (hit?.closest(".toasts") && !node.closest(".toasts")) continue;
        if (hit && !node.contains(hit) && !hit.contains(node)) wrong.push(`${name(node)} is under ${name(hit)}`);
      }
    }
  }
  return [...new Set(wrong)];
}"""

_INDISTINCT = """async () => {
  const wrong = [];
  const ground = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0.5) return colour;
    }
    return getComputedStyle(document.documentElement).backgroundColor;
  };
  // Axe does not know of colours that the system forces.
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (text) => (text.data.trim() ? 1 : 2));
  for (let text = words.nextNode(); text; text = words.nextNode()) {
    const node = text.parentElement;
    if (!shown(node) || forScreenReaders(node) || node.closest("[disabled], [aria-disabled=true], .cues, option")) continue;
    const { color } = getComputedStyle(node);
    if (contrast(color, ground(node)) < 4.5) wrong.push(`${name(node)} is ${color} on ${ground(node)}`);
  }
  for (const node of document.querySelectorAll("svg.icon")) {
    if (!shown(node)) continue;
    const { color } = getComputedStyle(node);
    if (!node.closest("[disabled], [aria-disabled=true]") && contrast(color, ground(node.parentElement)) < 3) wrong.push(`the icon in ${name(node.parentElement)} is ${color} on ${ground(node.parentElement)}`);
  }
  // A filled part is told from the whole, a mark from what it stands on.
  for (const [part, whole] of [[".seek-played", ".seek-track"], [".seek-thumb", ".controls"], [".card-watched-fill", ".card-watched"], [".bar-fill", ".bar"], [".mark", ".header"]]) {
    for (const node of document.querySelectorAll(part)) {
      if (!shown(node)) continue;
      const own = getComputedStyle(node).backgroundColor;
      const outer = ground(node.closest(whole) ?? node.parentElement);
      if (contrast(own, outer) < 3) wrong.push(`${part} is ${own} on ${outer}`);
    }
  }
  // What is chosen, pressed or on looks unlike what is not.
  const look = (node) => {
    const parts = [null, "::before", "::after"].map((pseudo) => getComputedStyle(node, pseudo));
    return parts.map((style) => [style.color, style.backgroundColor, style.borderTopColor, style.borderTopWidth, style.outlineStyle, style.outlineColor, style.textDecorationLine, style.fontWeight, style.content, style.visibility].join()).join("|");
  };
  const whole = (node) => [node, ...node.querySelectorAll("*")].map(look).join();
  for (const attribute of ["aria-selected", "aria-pressed", "aria-checked", "aria-current"]) {
    for (const node of document.querySelectorAll(`[${attribute}]`)) {
      // The player's buttons change their sign or name with their state.
      if (!shown(node) || node.matches(".control")) continue;
      const value = node.getAttribute(attribute);
      const before = whole(node);
      const other = attribute === "aria-current" ? null : value === "true" ? "false" : "true";
      let after = before;
      // Even without motion a change of style takes a moment, in which the page may draw its own state again.
      for (let tries = 0; tries < 5 && after === before; tries += 1) {
        if (other === null) node.removeAttribute(attribute);
        else node.setAttribute(attribute, other);
        await settled();
        if (node.getAttribute(attribute) === other) after = whole(node);
      }
      if (after === before) wrong.push(`${name(node)} looks the same with ${attribute}`);
      node.setAttribute(attribute, value);
    }
  }
  return [...new Set(wrong)];
}"""

_MOVING = """() => document.getAnimations().flatMap((animation) => {
  const { duration } = animation.effect.getComputedTiming();
  const moved = animation.effect.getKeyframes().some((frame) => ["transform", "left", "top", "width", "height", "margin"].some((property) => frame[property] && frame[property] !== "none"));
  return duration > 10 && moved ? [`${animation.animationName ?? animation.transitionProperty} of ${duration} ms moves ${name(animation.effect.target)}`] : [];
})"""

_ON_PAPER = """async () => {
  await settled();
  const wrong = [];
  for (const node of document.querySelectorAll("button, select, input, textarea, video, dialog, .button, .toast")) {
    if (shown(node) && node.getBoundingClientRect().width > 2) wrong.push(`${name(node)} is printed`);
  }
  if (![...document.querySelectorAll("h1, [role=heading][aria-level='1']")].some(shown)) wrong.push("there is no first heading");
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) wrong.push(`the page is ${page.scrollWidth} px wide`);
  if (getComputedStyle(page).backgroundColor !== "rgb(255, 255, 255)") wrong.push("the paper is not white");
  // Most printers leave out grounds: words stand on white.
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (text) => (text.data.trim() ? 1 : 2));
  for (let text = words.nextNode(); text; text = words.nextNode()) {
    const node = text.parentElement;
    if (!shown(node) || forScreenReaders(node)) continue;
    if (contrast(getComputedStyle(node).color, "rgb(255, 255, 255)") < 4.5) wrong.push(`${name(node)} is ${getComputedStyle(node).color}`);
  }
  return wrong;
}"""


def _found(page: Any, check: str) -> list[str]:
    return page.evaluate(f"async () => {{ {_COMMON} await settled(); return ({check})(); }}")


def unreachable(page: Any) -> list[str]:
    """Controls that are cut, covered or beside the window, and scrolling to the side; controls of the player are shown first."""
    for player in page.query_selector_all("vh-player:not([hidden])"):
        player.dispatch_event("pointermove")
    return _found(page, _UNREACHABLE)


def covered(page: Any) -> list[str]:
    """Words that lie under something else, or are cut without dots."""
    return _found(page, _COVERED)


def indistinct(page: Any) -> list[str]:
    """Icons and filled parts that cannot be told from their ground, and states that look like their opposite."""
    return _found(page, _INDISTINCT)


def moving(page: Any) -> list[str]:
    """Animations under way that move something."""
    return _found(page, _MOVING)


def on_paper(page: Any) -> list[str]:
    """Controls that would be printed, and what makes a page hard to read on paper."""
    return _found(page, _ON_PAPER)
