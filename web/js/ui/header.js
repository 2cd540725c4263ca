// The bar at the top of every page: the mark, who is signed in, the language, the theme.

import { logout } from "../http/api.js";
import { currentSession, onExpired, onSession } from "../http/session.js";
import { t } from "../i18n/translate.js";
import { el, show } from "./dom.js";
import { setIcon } from "./icons.js";
import { languageMenu } from "./language-menu.js";
import { themeToggle } from "./theme.js";
import { toast } from "./toast.js";

/**
 * Fills `header`. `onSignIn(why)` runs when a viewer wants to sign in, or has to: then `why` says why. `upload` is the address of the panel for uploads, or null for
 * no link to it.
 */
export function fillHeader(header, onSignIn, { upload = "/#upload" } = {}) {
  const mark = el("span", { class: "mark", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const home = el("a", { class: "brand", href: "/", "aria-label": t("header.home") }, mark, el("span", { text: "videohost" }));
  const name = el("span", { class: "header-name" });
  setIcon(name, "user");
  const nameText = el("span", { dir: "auto" });
  name.append(nameText);
  const who = el("bdi", { class: "header-who" });
  const signOut = el("button", { class: "button button-quiet header-sign-out", type: "button" }, el("span", { text: t("header.signOut") }), who);
  const signIn = el("button", { class: "button button-quiet", type: "button", text: t("common.signIn") });
  const theme = el("button", { class: "button button-quiet button-icon", type: "button" });
  const panel = upload === null ? null : el("a", { class: "button button-quiet header-upload", href: upload, title: t("header.upload") }, el("span", { text: t("header.upload") }));
  if (panel) setIcon(panel, "upload");
  header.append(el("div", { class: "header-row" }, home, el("div", { class: "header-end" }, panel, name, signOut, signIn, languageMenu(), theme)));

  themeToggle(theme, setIcon);
  signIn.addEventListener("click", () => onSignIn());
  onExpired(() => onSignIn(t("account.expired")));
  signOut.addEventListener("click", async () => {
    await logout();
    toast(t("header.signedOut"));
  });
  const draw = (session) => {
    show(name, session !== null);
    show(signOut, session !== null);
    show(signIn, session === null);
    for (const node of [nameText, who]) node.textContent = session?.name ?? "";
    signOut.title = session ? t("header.signedInAs", { name: session.name }) : "";
  };
  onSession(draw);
  draw(currentSession());
}
