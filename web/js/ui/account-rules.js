// What a name, an address and a password must be, as the server has it in AccountRules. Pure.

import { t } from "../i18n/translate.js";
import { problemSentence } from "../messages/problems.js";

const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const address = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64}@${label}(?:\\.${label})*$`);
const username = /^[a-zA-Z0-9][a-zA-Z0-9._-]{2,31}$/;

/** What is wrong with a new account's fields, as `[[name, sentence]]` in their order; empty when nothing is. */
export function registrationErrors({ email, username: name, password }) {
  const wrong = [];
  if (email === "") wrong.push(["email", t("account.enterEmail")]);
  else if (email.length > 254 || !address.test(email)) wrong.push(["email", problemSentence({ code: "invalid_email" })]);
  if (!username.test(name)) wrong.push(["username", problemSentence({ code: "invalid_username" })]);
  const length = [...password].length;
  const known = [email, name].some((one) => one.toLowerCase() === password.toLowerCase());
  if (length < 8) wrong.push(["password", t("account.passwordTooShort")]);
  else if (length > 128 || known) wrong.push(["password", problemSentence({ code: "weak_password" })]);
  return wrong;
}

/** What is missing to sign in, as `registrationErrors`. */
export function loginErrors({ identifier, password }) {
  const wrong = [];
  if (identifier === "") wrong.push(["identifier", t("account.enterIdentifier")]);
  if (password === "") wrong.push(["password", t("account.enterPassword")]);
  return wrong;
}
