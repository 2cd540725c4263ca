// Signing in and creating an account, in one dialog with two tabs.

import { login, register } from "../http/api.js";
import { t } from "../i18n/translate.js";
import { problemSentence } from "../messages/problems.js";
import { byId, setText, show } from "./dom.js";
import { toast } from "./toast.js";

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

/** Wires the dialog; returns `open(mode, why)` with mode `login` or `register`. */
export function accountDialog() {
  const dialog = byId("account");
  const form = byId("account-form");
  const tabs = { login: byId("tab-login"), register: byId("tab-register") };
  let mode = "login";

  const fail = (name, message) => {
    const input = byId(name);
    setText(byId(`${name}-error`), message);
    input.setAttribute("aria-invalid", String(message !== ""));
    if (message === "") input.setAttribute("aria-describedby", name === "password" ? "password-hint" : "");
    else input.setAttribute("aria-describedby", `${name}-error`);
  };
  const say = (message) => {
    setText(byId("account-error"), message);
    show(byId("account-error"), message !== "");
  };
  const clear = () => {
    say("");
    for (const name of fields) fail(name, "");
  };

  const select = (next) => {
    mode = next;
    const registering = mode === "register";
    clear();
    for (const [key, tab] of Object.entries(tabs)) {
      tab.setAttribute("aria-selected", String(key === mode));
      tab.tabIndex = key === mode ? 0 : -1;
    }
    byId("account-fields").setAttribute("aria-labelledby", tabs[mode].id);
    setText(byId("account-title"), registering ? t("account.createTitle") : t("common.signIn"));
    setText(byId("account-submit"), registering ? t("account.create") : t("common.signIn"));
    show(byId("field-identifier"), !registering);
    show(byId("field-email"), registering);
    show(byId("field-username"), registering);
    show(byId("password-hint"), registering);
    byId("password").autocomplete = registering ? "new-password" : "current-password";
  };
  for (const [key, tab] of Object.entries(tabs)) {
    tab.addEventListener("click", () => select(key));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      select(mode === "login" ? "register" : "login");
      tabs[mode].focus();
    });
  }

  const valid = (values) => {
    clear();
    const checks =
      mode === "login"
        ? [["identifier", values.identifier !== "", t("account.enterIdentifier")], ["password", values.password !== "", t("account.enterPassword")]]
        : [
            ["email", /^[^\s@]+@[^\s@]+$/.test(values.email), t("account.enterEmail")],
            ["username", values.username.length >= 3, t("account.nameTooShort")],
            ["password", [...values.password].length >= 8, t("account.passwordTooShort")],
          ];
    const wrong = checks.filter(([, good]) => !good);
    for (const [name, , message] of wrong) fail(name, message);
    if (wrong.length > 0) byId(wrong[0][0]).focus();
    return wrong.length === 0;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(fields.map((name) => [name, name === "password" ? byId(name).value : byId(name).value.trim()]));
    if (!valid(values)) return;
    const submit = byId("account-submit");
    submit.disabled = true;
    try {
      if (mode === "register") await register(values);
      await login(mode === "register" ? values.email : values.identifier, values.password);
      byId("password").value = "";
      dialog.close();
      toast(mode === "register" ? t("account.welcome", { name: values.username }) : t("account.signedIn"), { tone: "good" });
    } catch (problem) {
      const wrong = mode === "register" ? fieldErrors(problem) : [];
      for (const [name, message] of wrong) fail(name, message);
      if (wrong.length > 0) byId(wrong[0][0]).focus();
      else say(problem.status === 401 ? problemSentence({ code: "bad_credentials" }) : problemSentence(problem));
    } finally {
      submit.disabled = false;
    }
  });

  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  return (wanted, why = "") => {
    select(wanted);
    say(why);
    if (!dialog.open) dialog.showModal();
    byId(wanted === "register" ? "email" : "identifier").focus();
  };
}
