// <vh-account>: signing in and creating an account, in one dialog with two tabs.

import { login, register } from "../http/api.js";
import { isStored } from "../http/session.js";
import { t } from "../i18n/translate.js";
import { problemSentence } from "../messages/problems.js";
import { loginErrors, registrationErrors } from "../ui/account-rules.js";
import { setText, show } from "../ui/dom.js";
import { notice, toast } from "../ui/toast.js";
import { part, uniqueId } from "./parts.js";
import { VideohostDialog } from "./vh-dialog.js";

const fields = ["identifier", "email", "username", "password"];
const fieldOfCode = { email_taken: "email", username_taken: "username" };

/** What is wrong with which field: `[[name, sentence]]`. */
function fieldErrors(problem) {
  const field = fieldOfCode[problem.code];
  if (field) return [[field, problemSentence(problem)]];
  return (problem.errors ?? [])
    .map(({ pointer = "", code, detail }) => [pointer.replace(/^\//, ""), problemSentence({ code, status: 422, detail })])
    .filter(([name]) => fields.includes(name));
}

/**
 * The dialog in the light DOM; its content is the partial `dialogs/account.mustache`. `ui/account.js` loads this module and opens
 * the dialog. What was typed stays in it until somebody is signed in, and why it was opened until it is closed.
 *
 * Method: `open(mode, why)` with mode `login` or `register`. Event, which does not bubble: `close`.
 */
export class VideohostAccount extends VideohostDialog {
  #mode = "login";
  #wired = false;

  connectedCallback() {
    super.connectedCallback();
    if (this.#wired) return;
    this.#wired = true;
    for (const [mode, tab] of Object.entries(this.#tabs)) {
      tab.addEventListener("click", () => this.#select(mode));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        this.#select(mode === "login" ? "register" : "login");
        this.#tabs[this.#mode].focus();
      });
    }
    part(this, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  open(mode = "login", why = "") {
    this.#select(mode);
    setText(part(this, "why"), why);
    show(part(this, "why"), why !== "");
    super.open();
    part(this, mode === "register" ? "email" : "identifier").focus();
  }

  get #tabs() {
    return { login: part(this, "tab-login"), register: part(this, "tab-register") };
  }

  #select(mode) {
    this.#mode = mode;
    const registering = mode === "register";
    this.#clear();
    for (const [name, tab] of Object.entries(this.#tabs)) {
      tab.setAttribute("aria-selected", String(name === mode));
      tab.tabIndex = name === mode ? 0 : -1;
    }
    part(this, "fields").setAttribute("aria-labelledby", this.#tabs[mode].id);
    setText(part(this, "title"), registering ? t("account.createTitle") : t("common.signIn"));
    setText(part(this, "submit"), registering ? t("account.create") : t("common.signIn"));
    show(part(this, "field-identifier"), !registering);
    for (const name of ["field-email", "field-username", "username-hint", "password-hint"]) show(part(this, name), registering);
    part(this, "password").autocomplete = registering ? "new-password" : "current-password";
  }

  #say(message) {
    setText(part(this, "error"), message);
    show(part(this, "error"), message !== "");
  }

  #fail(name, message) {
    const input = part(this, name);
    const error = part(this, `${name}-error`);
    setText(error, message);
    input.setAttribute("aria-invalid", String(message !== ""));
    const hint = ["username", "password"].includes(name) ? part(this, `${name}-hint`).id : "";
    input.setAttribute("aria-describedby", message === "" ? hint : uniqueId(error));
  }

  #clear() {
    this.#say("");
    for (const name of fields) this.#fail(name, "");
  }

  #isValid(values) {
    this.#clear();
    const wrong = this.#mode === "login" ? loginErrors(values) : registrationErrors(values);
    for (const [name, message] of wrong) this.#fail(name, message);
    if (wrong.length > 0) part(this, wrong[0][0]).focus();
    return wrong.length === 0;
  }

  async #submit() {
    const values = Object.fromEntries(fields.map((name) => [name, name === "password" ? part(this, name).value : part(this, name).value.trim()]));
    if (!this.#isValid(values)) return;
    const registering = this.#mode === "register";
    const submit = part(this, "submit");
    submit.disabled = true;
    try {
      if (registering) await register(values);
      await login(registering ? values.email : values.identifier, values.password);
      part(this, "password").value = "";
      this.close();
      if (!isStored()) notice(t("account.notStored"));
      toast(registering ? t("account.welcome", { name: values.username }) : t("account.signedIn"), { tone: "good" });
    } catch (problem) {
      const wrong = registering ? fieldErrors(problem) : [];
      for (const [name, message] of wrong) this.#fail(name, message);
      if (wrong.length > 0) part(this, wrong[0][0]).focus();
      else this.#say(problem.status === 401 ? problemSentence({ code: "bad_credentials" }) : problemSentence(problem));
    } finally {
      submit.disabled = false;
    }
  }
}

customElements.define("vh-account", VideohostAccount);
