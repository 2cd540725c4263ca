// Opens the dialog to sign in, which is loaded when it is first asked for.

import { currentSession } from "../http/session.js";
import { withParts } from "./later.js";

/**
 * Opens the page's `<vh-account>` with mode `login` or `register`; `why` says in it why it was opened. Resolves when the dialog has
 * been closed, with whether somebody is signed in then.
 */
export function openAccount(mode, why = "") {
  const dialog = document.querySelector("vh-account");
  return new Promise((resolve) => {
    withParts(
      () => import("../elements/vh-account.js"),
      () => {
        dialog.open(mode, why);
        dialog.addEventListener("close", () => resolve(currentSession() !== null), { once: true });
      },
    );
  });
}
