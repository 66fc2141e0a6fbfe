// Dialogs that confirm a deletion, and dialogs for secrets that are shown only once.
import { html, useState } from "../base/html.js";
import { Dialog } from "./dialog.js";
import { Icon } from "./icons.js";
import { Buttons, Text, useForm } from "./form.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";

/** Deletes only after the name was typed. lead: one or more paragraphs. name: as it is shown. */
export function Confirm({ title, lead, name, onDelete, onClose }) {
  const wanted = label(name);
  const form = useForm(
    { typed: "" },
    {
      check: ({ typed }) => ({ typed: label(typed, "") === wanted ? undefined : t("notTheSame") }),
      submit: onDelete,
    },
  );
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${form.onSubmit} novalidate>
      ${[lead].flat().map((words) => html`<p>${words}</p>`)}
      <${Text} form=${form} name="typed" label=${html`<${Around} words=${t("typeToConfirm", { text: "\n" })}><b class="typed">${wanted}</b><//>`} />
      <${Buttons} form=${form} words=${t("deleteForever")} danger onCancel=${onClose} />
    </form>
  <//>`;
}

/** A text with its line break replaced by the children. The line break's position depends on the language. */
function Around({ words, children }) {
  const [before, after] = words.split("\n");
  return html`${before}${children}${after}`;
}

/** A command or secret to copy. secret: the part to highlight. prompt: whether to show a shell prompt before it. */
export function Code({ text, what, hint, secret, prompt = false }) {
  const [copied, setCopied] = useState(false);
  async function copy(event) {
    const code = event.currentTarget.parentNode.querySelector("code");
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      getSelection().selectAllChildren(code); // without https there is no clipboard: people copy the selection
    }
  }
  return html`<div class=${`code ${prompt ? "for-shell" : ""}`}>
    ${hint && html`<small>${hint}</small>`}
    <code tabindex="0" role="group" aria-label=${what}>${wordsOf(text, secret)}</code>
    <button class="button" type="button" onClick=${copy} aria-live="polite"><${Icon} name=${copied ? "check" : "copy"} />${copied ? t("copied") : t("copy")}</button>
  </div>`;
}

/** Words that are not broken across lines: a browser would break "--tls" after its first hyphen. */
const wordsOf = (text, secret) => text.split(/(\s+)/).map((part) => (part.trim() ? html`<span class=${part.startsWith("http") ? "url" : ""}>${marked(part, secret)}</span>` : part));

function marked(part, secret) {
  const at = secret ? part.indexOf(secret) : -1;
  return at < 0 ? part : html`${part.slice(0, at)}<em>${secret}</em>${part.slice(at + secret.length)}`;
}
