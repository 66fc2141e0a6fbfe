// One condition of a rule: what it watches, its limits, and what else it may have of its own.
import { html, useState } from "../base/html.js";
import { Choice, Text } from "../frame/form.js";
import { Icon } from "../frame/icons.js";
import { bytes, label, milliseconds, number, percent, speed } from "../text/format.js";
import { t } from "../text/strings.js";
import { Chooser } from "./monitors.js";
import { Watched, isOfMonitors } from "./watched.js";

const TYPES = {
  offline: "condition_offline",
  cpu: "condition_cpu",
  gpu: "condition_gpu",
  memory: "condition_memory",
  swap: "condition_swap",
  disk: "condition_disk",
  load1: "condition_load1",
  load5: "condition_load5",
  load15: "condition_load15",
  net_in: "condition_net_in",
  net_out: "condition_net_out",
  net_all: "condition_net_all",
  tcp: "condition_tcp",
  udp: "condition_udp",
  processes: "condition_processes",
  temperature: "condition_temperature",
  transfer_in: "condition_transfer_in",
  transfer_out: "condition_transfer_out",
  transfer_all: "condition_transfer_all",
  cycle_in: "condition_cycle_in",
  cycle_out: "condition_cycle_out",
  cycle_all: "condition_cycle_all",
  loss: "condition_loss",
  latency: "condition_latency",
  down: "condition_down",
  certificate: "condition_certificate",
  expiry: "condition_expiry",
};
const WITHOUT_LIMITS = ["offline", "down"];
const BELOW_ONLY = ["certificate", "expiry"];
const LIMITS = { above: "aboveOf", below: "belowOf" };
const OF_MONITORS_ALONE = ["down", "certificate"]; // not about servers
const UNITS = { hour: "unitHours", day: "unitDays", week: "unitWeeks", month: "unitMonths", year: "unitYears" };

const MB = { size: 2 ** 20, words: () => t("perSecond", { amount: "MB" }), show: speed };
const GB = { size: 2 ** 30, words: () => "GB", show: bytes };
const PERCENT = { size: 1, words: () => "%", show: percent };
const PLAIN = { size: 1, words: () => "", show: (value) => number(value, 2) };
const SCALES = {
  ...Object.fromEntries(["cpu", "gpu", "memory", "swap", "disk", "loss"].map((type) => [type, PERCENT])),
  ...Object.fromEntries(["net_in", "net_out", "net_all"].map((type) => [type, MB])),
  ...Object.fromEntries(["transfer", "cycle"].flatMap((kind) => ["in", "out", "all"].map((way) => [`${kind}_${way}`, GB]))),
  latency: { size: 1, words: () => "ms", show: milliseconds },
  temperature: { size: 1, words: () => "°C", show: (value) => `${number(value, 1)} °C` },
};
/** What the limits of a type are entered in. */
const scaleOf = (type) => SCALES[type] ?? PLAIN;
const limitsOf = (type) => (WITHOUT_LIMITS.includes(type) ? [] : BELOW_ONLY.includes(type) ? ["below"] : ["above", "below"]);

/** "CPU > 90 %" */
export function conditionText({ type, above, below }) {
  const { show } = scaleOf(type);
  const limits = [above !== undefined && `> ${show(above)}`, below !== undefined && `< ${show(below)}`].filter(Boolean);
  return [TYPES[type] ? t(TYPES[type]) : label(type), limits.length > 1 ? t("eitherOf", { one: limits[0], other: limits[1] }) : limits[0]]
    .filter(Boolean)
    .join(" ");
}

export const NEW_CONDITION = { type: "cpu", above: "", below: "", duration: "", cover: "all", servers: [], monitors: [], cycle: null };
const NEW_CYCLE = { start: "2026-01-01T00:00", interval: "1", unit: "month" };

/** As the form has it. */
export function conditionShown(one) {
  const { size } = scaleOf(one.type);
  const text = (value) => (value === undefined ? "" : String(value / size));
  return {
    ...NEW_CONDITION,
    ...one,
    above: text(one.above),
    below: text(one.below),
    duration: one.duration === undefined ? "" : String(one.duration),
    cover: (one.cover ?? "all") === "all" && one.servers?.length ? "but" : (one.cover ?? "all"),
    cycle: one.cycle ? { ...one.cycle, interval: String(one.cycle.interval) } : null,
  };
}

/** As the dashboard takes it: only what its type has. */
export function conditionBody({ type, above, below, duration, cover, servers, monitors, cycle }) {
  const given = { above, below };
  const entered = limitsOf(type).filter((name) => given[name].trim());
  const named = cover !== "all" && !OF_MONITORS_ALONE.includes(type);
  return {
    type,
    ...Object.fromEntries(entered.map((name) => [name, amount(given[name]) * scaleOf(type).size])),
    ...(duration.trim() ? { duration: Number(duration) } : {}),
    ...(named ? { cover: cover === "only" ? "only" : "all", servers } : {}),
    ...(isOfMonitors(type) && monitors.length ? { monitors } : {}),
    ...(hasCycle(type) && cycle ? { cycle: { ...cycle, interval: Number(cycle.interval) } } : {}),
  };
}

/** Errors by the names under which the dashboard speaks of a condition's fields. */
export function conditionErrors({ type, above, below, duration, cover, servers, cycle }, place) {
  const given = { above, below };
  const limits = limitsOf(type);
  const wrong = limits.find((name) => !Number.isFinite(amount(given[name])));
  const missing = limits.length > 0 && limits.every((name) => !given[name].trim());
  const field = (name) => `conditions[${place}].${name}`;
  const ofCycle = hasCycle(type) && cycle;
  return {
    ...(wrong ? { [field(wrong)]: t("error_not_a_number") } : {}),
    ...(missing ? { [field(limits[0])]: t("limitMissing") } : {}),
    ...(/^\d{0,7}$/.test(duration.trim()) ? {} : { [field("duration")]: t("wholeNumber") }),
    ...(cover === "only" && !servers.length && !OF_MONITORS_ALONE.includes(type) ? { [field("servers")]: t("chooseOne") } : {}),
    ...(ofCycle && !/T\d\d:00$/.test(cycle.start) ? { [field("cycle.start")]: t("error_not_a_whole_hour") } : {}),
    ...(ofCycle && !/^[1-9]\d{0,3}$/.test(cycle.interval.trim()) ? { [field("cycle.interval")]: t("wholeNumber") } : {}),
  };
}

const hasCycle = (type) => type.startsWith("cycle_");
const amount = (text) => Number(text.trim().replace(",", "."));

export function Condition({ form, place, servers, monitors }) {
  const { conditions } = form.values;
  const one = conditions[place];
  const part = partOf(form, place);
  const field = (name) => `conditions[${place}].${name}`;
  const problem = ["above", "below", "type"].map((name) => form.errors[field(name)]).find(Boolean);
  return html`<div class="condition">
      <div class="select">
        <select aria-label=${t("conditionOf", { number: place + 1 })} value=${one.type} onChange=${(event) => part.set(field("type"), event.target.value)}>
          ${!TYPES[one.type] && html`<option value=${one.type}>${label(one.type)}</option>`}
          ${Object.entries(TYPES).map(([type, words]) => html`<option value=${type}>${t(words)}</option>`)}
        </select>
        <${Icon} name="caret" />
      </div>
      ${limitsOf(one.type).map((name) => html`<${Limit} key=${name} part=${part} field=${field(name)} name=${name} number=${place + 1} error=${problem} />`)}
      ${limitsOf(one.type).length > 0 && scaleOf(one.type).words() && html`<span class="unit">${scaleOf(one.type).words()}</span>`}
      ${conditions.length > 1 &&
      html`<button
        class="button quiet"
        type="button"
        aria-label=${t("removeCondition", { number: place + 1 })}
        onClick=${() => form.set("conditions", conditions.filter((_, at) => at !== place))}
      >×</button>`}
    </div>
    <p class="error" id=${field("error")} role="alert">${problem}</p>
    ${hasCycle(one.type) && html`<${Cycle} part=${part} field=${field} cycle=${one.cycle} />`}
    ${isOfMonitors(one.type) &&
    html`<${Watched} form=${part} name=${field("monitors")} type=${one.type} monitors=${monitors} number=${place + 1} />`}
    <${More} part=${part} field=${field} one=${one} number=${place + 1} servers=${servers} />`;
}

/** A form whose fields are those of one condition, under the names by which the dashboard speaks of them. */
function partOf(form, place) {
  const prefix = `conditions[${place}].`;
  const one = form.values.conditions[place];
  const flat = { ...one, ...Object.fromEntries(Object.entries(one.cycle ?? {}).map(([name, value]) => [`cycle.${name}`, value])) };
  const set = (name, value) => {
    const [, own, inner] = /^([^.]*)\.?(.*)$/.exec(name.slice(prefix.length));
    const changed = inner ? { ...one[own], [inner]: value } : value;
    form.set("conditions", form.values.conditions.map((old, at) => (at === place ? { ...old, [own]: changed } : old)));
  };
  return { values: Object.fromEntries(Object.entries(flat).map(([name, value]) => [prefix + name, value])), errors: form.errors, set };
}

function Limit({ part, field, name, number, error }) {
  return html`<input
    type="text"
    inputmode="decimal"
    placeholder=${t(name)}
    aria-label=${t(LIMITS[name], { number })}
    aria-invalid=${part.errors[field] ? "true" : undefined}
    aria-describedby=${error ? `conditions[${number - 1}].error` : undefined}
    value=${part.values[field]}
    onInput=${(event) => part.set(field, event.target.value)}
  />`;
}

/** Of each server's plan, or of the condition's own. */
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

/** Its own duration and servers: most conditions have none. Open where there is one, or something is wrong with it. */
function More({ part, field, one, number, servers }) {
  const wrong = ["duration", "cover", "servers"].some((name) => part.errors[field(name)]);
  const [open, setOpen] = useState(one.duration !== "" || one.cover !== "all");
  return html`<details class="more" open=${open || wrong} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${t("conditionMore", { number })}</summary>
    <${Text} form=${part} name=${field("duration")} label=${t("conditionDuration")} hint=${t("conditionDurationHint")} inputmode="numeric" most="7" />
    ${!OF_MONITORS_ALONE.includes(one.type) &&
    html`<${Choice}
        form=${part}
        name=${field("cover")}
        label=${t("conditionWhere")}
        hint=${t("conditionWhereHint")}
        choices=${[
          ["all", t("coverAll")],
          ["but", t("coverAllBut")],
          ["only", t("coverOnly")],
        ]}
      />
      ${one.cover !== "all" && html`<${Chooser} form=${part} name=${field("servers")} servers=${servers} />`}`}
  </details>`;
}
