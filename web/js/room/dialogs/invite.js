// Inviting others: the room's address as a link, as a QR code, and through the device's own way of sharing.

import { part } from "../../elements/parts.js";
import { publicOrigin } from "../../http/page-data.js";
import { t } from "../../i18n/translate.js";
import { copyText } from "../../ui/copy.js";
import { show } from "../../ui/dom.js";

const svgNamespace = "http://www.w3.org/2000/svg";
// Readers need so much white around a code.
const margin = 4;

/** The room's address for others: this page's, without our own parameters. */
export function inviteAddress(location, roomId) {
  return `${location.origin}${location.pathname}?id=${encodeURIComponent(roomId)}`;
}

/** The dark modules of a QR code as the path of an SVG, one rectangle for each run in a row. Pure. */
export function codePath(size, isDark) {
  let path = "";
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (!isDark(row, column)) continue;
      const start = column;
      while (column + 1 < size && isDark(row, column + 1)) column += 1;
      path += ["M", start + margin, ",", row + margin, "h", column - start + 1, "v1H", start + margin, "z"].join("");
    }
  }
  return path;
}

/** Draws the QR code of an address into `box`. */
async function drawCode(box, address) {
  const { default: qrcode } = await import("/vendor/qrcode.js");
  const code = qrcode(0, "M");
  code.addData(address);
  code.make();
  const size = code.getModuleCount();
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", `0 0 ${size + 2 * margin} ${size + 2 * margin}`);
  const path = document.createElementNS(svgNamespace, "path");
  path.setAttribute("d", codePath(size, (row, column) => code.isDark(row, column)));
  svg.append(path);
  box.replaceChildren(svg);
  show(box, true);
}

/** Wires the dialog, a `<vh-dialog>`; returns `open(title)` with the room's title. */
export function invite(dialog, roomId) {
  const address = inviteAddress({ origin: publicOrigin(), pathname: window.location.pathname }, roomId);
  const [code, link, share, copy] = ["code", "link", "share", "copy"].map((name) => part(dialog, name));
  let title = "";
  let drawn = null;
  link.value = address;
  link.addEventListener("focus", () => link.select());
  copy.addEventListener("click", () => copyText(address, t("room.invited")));
  show(share, typeof navigator.share === "function");
  // Rejects when the person closes the sheet.
  share.addEventListener("click", () => navigator.share({ title, url: address }).catch(() => {}));
  return (name) => {
    title = name;
    dialog.open();
    // Without the generator the link is enough; the next opening asks for it again.
    drawn ??= drawCode(code, address).catch(() => (drawn = null));
  };
}
