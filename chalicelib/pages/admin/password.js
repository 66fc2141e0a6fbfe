// Changing the password.
import { html, useEffect, useRef, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { becomeKnown } from "../base/device.js";
import { Buttons, Check, Text, needed } from "../frame/form.js";
import { t } from "../text/strings.js";
import { useKeptForm } from "./drafts.js";

const LEAST = 8; // characters, the dashboard's limit
const NONE = { current: "", new: "" };

/** first: whether the form gets the focus. */
export function Password({ first }) {
  const [saved, setSaved] = useState(false);
  const [shown, setShown] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    if (first) box.current.querySelector("input").focus();
  }, [first]);
  const form = useKeptForm("password", NONE, {
    asks: ({ new: wanted }) => wanted !== "", // the browser itself may have filled in the current one
    check: ({ current, new: wanted }) => ({
      current: needed(current),
      new: [...wanted].length < LEAST ? t("passwordShort", { least: LEAST }) : undefined,
    }),
    submit: async ({ current, new: wanted }) => {
      await send("POST", "api/password", { current, new: wanted });
      becomeKnown({ again: true });
      form.discard();
      setShown(false);
      setSaved(true);
    },
    changed: () => setSaved(false),
  });
  const type = shown ? "text" : "password";
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
    <${Check} form=${{ values: { shown }, errors: {}, set: (_, on) => setShown(on) }} name="shown" label=${t("showPasswords")} />
    <${Buttons} form=${form} words=${t("passwordChange")} done=${saved && t("passwordChanged")} />
  </form>`;
}
