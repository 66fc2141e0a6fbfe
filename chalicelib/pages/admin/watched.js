// Which monitors a condition watches: all of them, or the chosen ones.
import { html, useMemo } from "../base/html.js";
import { Names } from "./names.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";
import { WATCHED } from "./condition_types.js";

/** form: a condition's, in which the field `name` has the IDs of the chosen monitors, none for all. names: {monitor(id)}. */
export function Watched({ form, name, type, monitors, number, names }) {
  const chosen = form.values[name];
  const title = t("monitorsOf", { number });
  const things = useMemo(
    () =>
      monitors
        .filter((one) => WATCHED[type](one))
        .map((one) => ({ key: one.id, label: label(one.name), words: `${one.name} ${one.target}`.toLowerCase(), kind: one.type.toUpperCase() })),
    [monitors, type],
  );
  return html`<div class="of-condition">
    <${Names}
      id=${name}
      label=${title}
      placeholder=${chosen.length ? t("monitor") : t("whereAllMonitors")}
      things=${things}
      chosen=${chosen}
      unknown=${names.monitor}
      error=${form.errors[name]}
      onChange=${(ids) => form.set(name, [...ids].sort((a, b) => a - b))}
    />
    <p class="error" id=${`${name}-error`} role="alert">${form.errors[name]}</p>
  </div>`;
}
