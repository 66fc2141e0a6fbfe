// Changing the password.
import { html, useEffect, useRef, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { becomeKnown } from "../base/device.js";
import { Buttons, Check, Text, needed, useForm } from "../frame/form.js";
import { t } from "../text/strings.js";

const LEAST = 8; // characters, as the dashboard has it
const NONE = { current: "", new: "", shown: false };

/** first: whether to begin with it. */
export function Password({ first }) {
  const [saved, setSaved] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    if (first) box.current.querySelector("input").focus();
  }, [first]);
  const form = useForm(NONE, {
    check: ({ current, new: wanted }) => ({
      current: needed(current),
      new: [...wanted].length < LEAST ? t("passwordShort", { least: LEAST }) : undefined,
    }),
    submit: async ({ current, new: wanted }) => {
      await send("POST", "api/password", { current, new: wanted });
      becomeKnown({ again: true });
      form.reset();
      setSaved(true);
    },
    changed: () => setSaved(false),
  });
  const type = form.values.shown ? "text" : "password";
  return html`<form class="card settings" ref=${box} onSubmit=${form.onSubmit} novalidate>
    <h2>${t("password")}</h2>
    <p class="hint">${t("passwordHint")}</p>
    <${Text} form=${form} name="current" label=${t("passwordCurrent")} type=${type} autocomplete="current-password" />
    <${Text}
      form=${form}
      name="new"
      label=${t("passwordNew")}
      hint=${t("passwordNewHint", { least: LEAST })}
      type=${type}
      most="1024"
      autocomplete="new-password"
    />
    <${Check} form=${form} name="shown" label=${t("showPasswords")} />
    <${Buttons} form=${form} words=${t("passwordChange")} done=${saved && t("passwordChanged")} />
  </form>`;
}
