// The editor of one condition of a rule: what it watches, its limits and its options.
import { html, useState } from "../base/html.js";
import { Choice, Select, Text } from "../frame/form.js";
import { Icon } from "../frame/icons.js";
import { capital, label } from "../text/format.js";
import { t } from "../text/strings.js";
import { BELOW_ONLY, NEW_CYCLE, OF_MONITORS_ALONE, TYPES, hasCycle, isOfMonitors, limitsIn, limitsOf, scaleOf } from "./condition_types.js";
import { Cover } from "./cover.js";
import { Duration } from "./duration.js";
import { Watched } from "./watched.js";

const COMPARES = { above: "compareAbove", below: "compareBelow", either: "compareEither" };
const LIMITS = { above: "aboveOf", below: "belowOf" };
const UNITS = { hour: "unitHours", day: "unitDays", week: "unitWeeks", month: "unitMonths", year: "unitYears" };

export function Condition({ form, place, servers, monitors, names }) {
  const { conditions } = form.values;
  const one = conditions[place];
  const number = place + 1;
  const part = partOf(form, place);
  const field = (name) => `conditions[${place}].${name}`;
  const problem = ["above", "below", "type"].map((name) => form.errors[field(name)]).find(Boolean);
  const limits = limitsIn(one);
  return html`<div class=${`condition ${limits.length ? `of-${limits.length}` : ""}`}>
      <${Select} aria-label=${t("conditionOf", { number })} value=${one.type} choices=${typesWith(one.type)} onChange=${(type) => part.set(field("type"), type)} />
      ${limitsOf(one.type).length > 0 && html`<${Compare} ...${{ one, number }} set=${(value) => part.set(field("compare"), value)} />`}
      ${limits.map((name) => html`<${Limit} key=${name} part=${part} field=${field(name)} unit=${scaleOf(one.type).words()} ...${{ name, number, error: problem }} />`)}
      ${conditions.length > 1 &&
      html`<button
        class="icon-button"
        type="button"
        aria-label=${t("removeCondition", { number })}
        onClick=${() => form.set("conditions", conditions.filter((_, at) => at !== place))}
      ><${Icon} name="close" /></button>`}
    </div>
    <p class="error" id=${field("error")} role="alert">${problem}</p>
    ${hasCycle(one.type) && html`<${Cycle} part=${part} field=${field} cycle=${one.cycle} />`}
    ${isOfMonitors(one.type) && html`<${Watched} form=${part} name=${field("monitors")} type=${one.type} ...${{ monitors, number, names }} />`}
    <${More} ...${{ part, field, one, number, servers, names }} />`;
}

/** A form with the fields of one condition, under the names that the dashboard uses, such as "conditions[0].above". */
function partOf(form, place) {
  const prefix = `conditions[${place}].`;
  const one = form.values.conditions[place];
  const flat = { ...one, ...Object.fromEntries(Object.entries(one.cycle ?? {}).map(([name, value]) => [`cycle.${name}`, value])) };
  const set = (name, value) => {
    const [, own, inner] = /^([^.]*)\.?(.*)$/.exec(name.slice(prefix.length));
    form.set("conditions", (all) => all.map((old, at) => (at === place ? { ...old, [own]: inner ? { ...old[own], [inner]: value } : value } : old)));
  };
  return { values: Object.fromEntries(Object.entries(flat).map(([name, value]) => [prefix + name, value])), errors: form.errors, set };
}

/** The types to choose from, including the given one even if these pages do not know it. */
function typesWith(type) {
  const known = Object.entries(TYPES).map(([key, words]) => [key, capital(t(words))]);
  return TYPES[type] ? known : [[type, label(type)], ...known];
}

function Compare({ one, number, set }) {
  const only = BELOW_ONLY.includes(one.type) ? "below" : undefined;
  const choices = (only ? [only] : Object.keys(COMPARES)).map((key) => [key, t(COMPARES[key])]);
  return html`<${Select} aria-label=${t("compareOf", { number })} value=${only ?? one.compare} choices=${choices} onChange=${set} />`;
}

function Limit({ part, field, name, number, unit, error }) {
  return html`<div class="unit">
    <input
      type="text"
      inputmode="decimal"
      autocomplete="off"
      id=${field}
      placeholder=${t(name)}
      aria-label=${t(LIMITS[name], { number })}
      aria-invalid=${part.errors[field] ? "true" : undefined}
      aria-describedby=${error ? `conditions[${number - 1}].error` : undefined}
      value=${part.values[field]}
      onInput=${(event) => part.set(field, event.target.value)}
    />
    ${unit && html`<span>${unit}</span>`}
  </div>`;
}

/** The traffic cycle: that of each server's plan, or a custom one. */
function Cycle({ part, field, cycle }) {
  const own = { values: { [field("whose")]: cycle ? "own" : "plan" }, errors: {}, set: (_, value) => part.set(field("cycle"), value === "own" ? NEW_CYCLE : null) };
  return html`<div class="more">
    <${Choice}
      form=${own}
      name=${field("whose")}
      label=${t("cycle")}
      choices=${[
        ["plan", t("cyclePlan")],
        ["own", t("cycleOwn")],
      ]}
    />
    ${cycle &&
    html`<${Text} form=${part} name=${field("cycle.start")} label=${t("cycleStart")} hint=${t("cycleStartHint")} type="datetime-local" step="3600" />
      <div class="pair">
        <${Text} form=${part} name=${field("cycle.interval")} label=${t("cycleInterval")} inputmode="numeric" most="4" />
        <${Choice} form=${part} name=${field("cycle.unit")} label=${t("cycleUnit")} choices=${Object.entries(UNITS).map(([unit, words]) => [unit, t(words)])} />
      </div>`}
  </div>`;
}

/** A custom duration and servers, which few conditions have. Open if this one has them, or if they have an error. */
function More({ part, field, one, number, servers, names }) {
  const wrong = ["duration", "cover", "servers"].some((name) => part.errors[field(name)]);
  const [open, setOpen] = useState(one.duration !== "" || one.cover !== "all");
  return html`<details class="more" open=${open || wrong} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${t("conditionMore", { number })}</summary>
    <${Duration} form=${part} name=${field("duration")} label=${t("conditionDuration")} hint=${t("conditionDurationHint")} />
    ${!OF_MONITORS_ALONE.includes(one.type) &&
    html`<${Cover}
      form=${part}
      name=${field("cover")}
      ids=${field("servers")}
      title=${t("conditionWhere")}
      hint=${t("conditionWhereHint")}
      servers=${servers}
      names=${names}
    />`}
  </details>`;
}
