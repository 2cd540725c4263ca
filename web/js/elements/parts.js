// The parts of an element: nodes inside it that its markup names by `data-part`.

/** The part with this name, which the element's markup must have. */
export function part(root, name) {
  const node = root.querySelector(`[data-part="${name}"]`);
  if (!node) throw new Error(`<${root.localName}> has no part ${name}`);
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
