// Asking before something ends for good, and showing what is shown only once.
import { html, useState } from "./html.js";
import { Dialog } from "./dialog.js";
import { Buttons, Text, useForm } from "./form.js";
import { label } from "./format.js";
import { t } from "./strings.js";

/** Deletes only after the name was typed. name: as it is shown. */
export function Confirm({ title, lead, name, onDelete, onClose }) {
  const wanted = label(name);
  const form = useForm(
    { name: "" },
    {
      check: ({ name: typed }) => ({ name: label(typed, "") === wanted ? undefined : t("notTheSame") }),
      submit: onDelete,
    },
  );
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${form.onSubmit} novalidate>
      <p>${lead}</p>
      <${Text} form=${form} name="name" label=${html`${t("typeToConfirm", { text: "" })}<b class="typed">${wanted}</b>`} />
      <${Buttons} form=${form} words=${t("deleteForever")} danger onCancel=${onClose} />
    </form>
  <//>`;
}

/** Something to copy: a command, a secret. */
export function Code({ text, what }) {
  const [copied, setCopied] = useState(false);
  async function copy(event) {
    const code = event.currentTarget.parentNode.querySelector("code");
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      getSelection().selectAllChildren(code); // without https there is no clipboard; then a person copies it
    }
  }
  return html`<div class="code">
    <code tabindex="0" role="group" aria-label=${what}>${text}</code>
    <button type="button" onClick=${copy} aria-live="polite">${copied ? t("copied") : t("copy")}</button>
  </div>`;
}
