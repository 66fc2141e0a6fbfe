// A duration: a whole number of seconds, minutes or hours.
import { html } from "../base/html.js";
import { Field, Select } from "../frame/form.js";
import { t } from "../text/strings.js";

const UNITS = { 1: "unitSeconds", 60: "unitMinutes", 3600: "unitHours" };

/** The values in a form, in the largest unit that gives a whole number. seconds: undefined for an empty field. */
export function durationShown(seconds) {
  if (seconds === undefined) return { duration: "", duration_unit: "60" };
  const unit = !seconds ? 60 : [3600, 60, 1].find((one) => seconds % one === 0);
  return { duration: String(seconds / unit), duration_unit: String(unit) };
}

/** The duration in a form, in seconds. */
export const durationOf = ({ duration, duration_unit: unit }) => Number(duration) * Number(unit);

export function durationErrors({ duration }, field, { optional = false } = {}) {
  const isRight = /^\d{1,7}$/.test(duration.trim()) || (optional && !duration.trim());
  return isRight ? {} : { [field]: t("wholeNumber") };
}

/** name: the field's; the unit's field has the same name with "_unit" at its end. after: words after the fields. */
export function Duration({ form, name, label, hint, after }) {
  const unit = `${name}_unit`;
  return html`<${Field} name=${name} label=${label} hint=${hint} error=${form.errors[name]}>
    ${(attributes) => html`<div class="duration">
      <input
        ...${attributes}
        type="text"
        inputmode="numeric"
        autocomplete="off"
        maxlength="7"
        value=${form.values[name]}
        onInput=${(event) => form.set(name, event.target.value)}
      />
      <${Select}
        id=${unit}
        aria-label=${t("unitOf", { name: label })}
        value=${form.values[unit]}
        choices=${Object.entries(UNITS).map(([seconds, words]) => [seconds, t(words)])}
        onChange=${(value) => form.set(unit, value)}
      />
      ${after && html`<span class="muted">${after}</span>`}
    </div>`}
  <//>`;
}
