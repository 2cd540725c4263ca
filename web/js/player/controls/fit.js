// Which controls of the row are shown: all that fit, and those that do not go into the menu.

// The width of the volume's slider with its margins.
const slider = 84;

/**
 * The names that do not fit. `items` are `{name, width}` in the order in which they go when the room is short; `fixed` is
 * the width of what always stays. Pure.
 */
export function overflowing(items, fixed, available) {
  let used = fixed + items.reduce((sum, { width }) => sum + width, 0);
  const gone = [];
  for (const { name, width } of items) {
    if (used <= available) break;
    if (width === 0) continue;
    used -= width;
    gone.push(name);
  }
  return gone;
}

/** Fits the row again whenever its width or what it holds changes; `changed()` runs when other controls are hidden. */
export class Fit {
  #gone = [];
  #observers;

  /** `order` are the nodes that may go, the first ones first. */
  constructor(row, order, changed) {
    this.row = row;
    this.order = order;
    this.changed = changed;
    const sizes = new ResizeObserver(() => this.fit());
    sizes.observe(row);
    const changes = new MutationObserver(() => this.fit());
    changes.observe(row, { attributes: true, attributeFilter: ["hidden"], subtree: true });
    this.#observers = [sizes, changes];
  }

  /** Looks no more. */
  close() {
    for (const observer of this.#observers) observer.disconnect();
  }

  /** The nodes that have no room now. */
  get gone() {
    return this.#gone;
  }

  fit() {
    const available = this.row.clientWidth;
    if (available === 0) return;
    for (const node of this.order) delete node.dataset.over;
    const gap = Number.parseFloat(getComputedStyle(this.row).columnGap) || 0;
    const widthOf = (node) => (node.offsetWidth === 0 ? 0 : node.offsetWidth + gap);
    const items = this.order.map((node, name) => ({ name, width: widthOf(node) }));
    const stays = [...this.row.children].filter((node) => !this.order.includes(node) && !node.classList.contains("controls-gap"));
    // The volume's slider opens only where there is room for it.
    const own = stays.reduce((sum, node) => sum + widthOf(node.querySelector("input") ? node.firstElementChild : node), 0);
    // A part inside a child that stays, as the whole time, is counted with that child.
    const inside = items.reduce((sum, { name, width }) => sum + (this.order[name].parentElement === this.row ? 0 : width), 0);
    const over = overflowing(items, own - inside, available);
    const gone = over.map((index) => this.order[index]);
    for (const node of gone) node.dataset.over = "";
    const used = own - inside + items.reduce((sum, { name, width }) => sum + (over.includes(name) ? 0 : width), 0);
    this.row.toggleAttribute("data-narrow", available - used < slider);
    const same = gone.length === this.#gone.length && gone.every((node, index) => node === this.#gone[index]);
    this.#gone = gone;
    if (!same) this.changed();
  }
}
