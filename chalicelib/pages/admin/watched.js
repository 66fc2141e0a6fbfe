// Which monitors a condition watches: all of them, or the chosen ones.
import { html, useMemo, useState } from "../base/html.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";
import { Chooser } from "./monitors.js";

/** Types of conditions on monitors, and which monitors each can watch. */
const WATCHED = {
  loss: () => true,
  latency: () => true,
  down: () => true,
  certificate: ({ type, target }) => type === "http" && target.startsWith("https:"),
};

export const isOfMonitors = (type) => type in WATCHED;

/** form: of a condition, where the field `name` has the IDs of the chosen monitors, none for all. */
export function Watched({ form, name, type, monitors, number }) {
  const chosen = form.values[name];
  const [open, setOpen] = useState(chosen.length > 0);
  // One that was chosen stays in sight whatever it has become.
  const choices = useMemo(
    () =>
      monitors
        .filter((one) => WATCHED[type](one) || chosen.includes(one.id))
        .map((one) => ({ id: one.id, label: label(one.name), words: `${one.name} ${one.target}`.toLowerCase() })),
    [monitors, type, chosen],
  );
  return html`<details class="more" open=${open || Boolean(form.errors[name])} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${t("monitorsOf", { number })} · ${chosen.length ? t("chosen", { count: chosen.length }) : t("all")}</summary>
    ${choices.length ? html`<${Chooser} form=${form} name=${name} title=${t("monitors")} servers=${choices} />` : html`<p class="hint">${t("noMonitors")}</p>`}
  </details>`;
}
