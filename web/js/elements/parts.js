// The parts of an element or a page: nodes inside it that its markup names by `data-part`.

/** The part of `root` with this name, which its markup must have; `root` is an element, or the document for what a page has once. */
export function part(root, name) {
  const node = root.querySelector(`[data-part="${name}"]`);
  if (!node) throw new Error(`<${root.localName ?? "page"}> has no part ${name}`);
  return node;
}

let count = 0;

/** Gives a node an id that no other node of the page has, for ARIA's references; returns it. */
export function uniqueId(node) {
  count += 1;
  node.id ||= `part-${count}`;
  return node.id;
}

/** Ties each label without a `for` to the control behind it. */
export function tieLabels(root) {
  for (const label of root.querySelectorAll("label:not([for])")) {
    if (label.nextElementSibling?.matches("input, select, textarea")) label.htmlFor = uniqueId(label.nextElementSibling);
  }
}
