// Icons as SVG elements, drawn on a 24 × 24 grid with strokes, so that they take the colour of the text.

const shapes = {
  upload: ["M12 16V4", "M6.5 9.5 12 4l5.5 5.5", "M4 16v2.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V16"],
  sun: ["M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z", "M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"],
  moon: ["M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z"],
  close: ["M6 6l12 12M18 6 6 18"],
  check: ["M5 12.5 10 17.5 19.5 7"],
  alert: ["M12 8v5", "M12 16.5v.1", "M12 3 2.5 20h19L12 3Z"],
  trash: ["M4 7h16M9.5 7V4.5h5V7M6 7l1 13h10l1-13M10 11v5.5M14 11v5.5"],
  pencil: ["M4 20l1-4.5L16.5 4 20 7.5 8.5 19 4 20ZM14 6.5 17.5 10"],
  link: ["M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1", "M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"],
  film: ["M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4"],
  note: ["M9 18V6l10-2v12", "M6.5 15.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM16.5 13.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z"],
  user: ["M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z", "M4.5 20.5c.8-3.8 3.8-5.5 7.5-5.5s6.7 1.7 7.5 5.5"],
  retry: ["M4.5 12a7.5 7.5 0 1 0 2.2-5.3L4.5 9", "M4.5 4v5h5"],
  play: ["!M7 4.5v15l12.5-7.5L7 4.5Z"],
  pause: ["!M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z"],
  next: ["!M5 5v14l10-7L5 5Z", "!M16.5 5h2.5v14h-2.5z"],
  replay: ["M5 12a7 7 0 1 0 2-5L4.5 9.5", "M4.5 4.5v5h5"],
  volume: ["!M3 9.5v5h3.5L12 19V5L6.5 9.5H3Z", "M15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11"],
  quiet: ["!M3 9.5v5h3.5L12 19V5L6.5 9.5H3Z", "M15.5 9a4.2 4.2 0 0 1 0 6"],
  muted: ["!M3 9.5v5h3.5L12 19V5L6.5 9.5H3Z", "M16 9.5l5 5M21 9.5l-5 5"],
  gear: ["M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z", "M10.3 3h3.4l.5 2.5 1.8 1 2.4-.8 1.7 2.9-1.9 1.7v2.1l1.9 1.7-1.7 2.9-2.4-.8-1.8 1-.5 2.5h-3.4l-.5-2.5-1.8-1-2.4.8-1.7-2.9 1.9-1.7v-2.1L3.9 8.6l1.7-2.9 2.4.8 1.8-1 .5-2.5Z"],
  pip: ["M3.5 5.5h17v13h-17z", "!M12 12h6.5v4.5H12z"],
  captions: ["M3.5 5.5h17v13h-17z", "M10.5 10.4a2 2 0 1 0 0 3.2M17 10.4a2 2 0 1 0 0 3.2"],
  full: ["M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"],
  window: ["M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5"],
  back: ["M14.5 5.5 8 12l6.5 6.5"],
  forward: ["M9.5 5.5 16 12l-6.5 6.5"],
  back10: ["M5 12a7 7 0 1 0 2-5L4.5 9.5", "M4.5 4.5v5h5", "M9.2 10.4l1.4-.9v5.2M14.4 9.5c-1.1 0-1.6 1.1-1.6 2.6s.5 2.6 1.6 2.6 1.6-1.1 1.6-2.6-.5-2.6-1.6-2.6Z"],
  forward10: ["M19 12a7 7 0 1 1-2-5l2.5 2.5", "M19.5 4.5v5h-5", "M8.2 10.4l1.4-.9v5.2M13.4 9.5c-1.1 0-1.6 1.1-1.6 2.6s.5 2.6 1.6 2.6 1.6-1.1 1.6-2.6-.5-2.6-1.6-2.6Z"],
  cast: ["M3.5 9V5.5h17v13H14", "M3.5 12.5a6 6 0 0 1 6 6M3.5 16a2.5 2.5 0 0 1 2.5 2.5"],
  wide: ["M2.5 7h19v10h-19z", "M9 10l-2 2 2 2M15 10l2 2-2 2"],
  narrow: ["M2.5 7h19v10h-19z", "M7 10l2 2-2 2M17 10l-2 2 2 2"],
  help: ["M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1", "M12 17v.1", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z"],
  people: ["M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z", "M2.5 19.5c.6-3.2 3.2-4.8 6.5-4.8s5.9 1.6 6.5 4.8", "M15.5 5.4a3.3 3.3 0 0 1 0 6.3M18 15.2c1.9.7 3.1 2.2 3.5 4.3"],
  crown: ["!M4 18.5h16v-2H4zM4 14.5h16l1.2-8-5 3.3L12 4 7.8 9.8l-5-3.3 1.2 8Z"],
  star: ["!M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8L12 3.5Z"],
  send: ["M4 12 20 4.5 14.5 20l-3-6.5L4 12ZM11.5 13.5 20 4.5"],
  dots: ["!M5 10.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6ZM12 10.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6ZM19 10.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z"],
  leave: ["M10 4H5v16h5M14 8l4 4-4 4M18 12H9"],
  live: ["!M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z", "M7.4 16.6a6.5 6.5 0 0 1 0-9.2M16.6 7.4a6.5 6.5 0 0 1 0 9.2"],
  chat: ["M4 5h16v11H10l-4.5 4v-4H4z"],
  pace: ["M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z", "M12 8v4.5l3 2"],
  file: ["M6 3h8l4 4v14H6zM14 3v4h4"],
};

const svgNamespace = "http://www.w3.org/2000/svg";

/** A new icon. It is decoration: what it means is said by its button's label. */
export function icon(name) {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  svg.setAttribute("class", "icon");
  svg.dataset.name = name;
  for (const shape of shapes[name] ?? []) {
    const path = document.createElementNS(svgNamespace, "path");
    // A leading "!" means filled.
    path.setAttribute("d", shape.replace("!", ""));
    path.setAttribute("class", shape.startsWith("!") ? "icon-fill" : "icon-line");
    svg.append(path);
  }
  return svg;
}

/** Changes a button's icon, if it shows another one. */
export function setIcon(button, name) {
  const current = button.querySelector("svg.icon");
  if (current?.dataset.name === name) return;
  if (current) current.replaceWith(icon(name));
  else button.prepend(icon(name));
}

/** Puts icons into the elements that ask for one by `data-icon`. */
export function placeIcons(root = document) {
  for (const node of root.querySelectorAll("[data-icon]")) setIcon(node, node.dataset.icon);
}
