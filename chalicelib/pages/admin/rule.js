// A rule: what to watch, where, for how long, and whom to tell.
import { html } from "../base/html.js";
import { send } from "../base/api.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons, Check, Choice, Text, needed, useForm } from "../frame/form.js";
import { Icon } from "../frame/icons.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";
import { Chooser } from "./monitors.js";

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
  expiry: "condition_expiry",
};
const WITHOUT_LIMITS = ["offline", "down"];
const OF_MONITORS = ["loss", "latency", "down"];
const NEW = {
  name: "",
  enabled: true,
  conditions: [{ type: "offline", above: "", below: "" }],
  duration: "120",
  cover: "all",
  servers: [],
  channels: [],
  remind: "0",
  recovery: true,
};

/** "CPU > 90" */
export function conditionText({ type, above, below }) {
  const limits = [above !== undefined && `> ${above}`, below !== undefined && `< ${below}`].filter(Boolean);
  return [TYPES[type] ? t(TYPES[type]) : label(type), ...limits].join(" ");
}

/** rule: undefined for a new one. */
export function EditRule({ rule, servers, channels, onSaved, onClose }) {
  const form = useForm(rule ? shown(rule) : { ...NEW, channels: channels.map(({ id }) => id) }, {
    check,
    submit: async (values) => {
      await send(rule ? "PATCH" : "POST", rule ? `api/rule/${rule.id}` : "api/rule", bodyOf(values));
      onSaved();
    },
  });
  const { conditions, cover } = form.values;
  const title = rule ? t("editOf", { name: label(rule.name) }) : t("newRule");
  return html`<${Dialog} title=${html`<bdi>${title}</bdi>`} onClose=${onClose}>
    <form onSubmit=${form.onSubmit} novalidate>
      <${Text} form=${form} name="name" label=${t("name")} most="128" autofocus />
      <${Check} form=${form} name="enabled" label=${t("ruleEnabled")} />
      <fieldset class="plain">
        <legend>${t("conditions")}</legend>
        ${conditions.map((_, place) => html`<${Condition} key=${place} form=${form} place=${place} />`)}
        <p class="error" role="alert">${form.errors.conditions}</p>
        ${conditions.length < 10 &&
        html`<button class="button" type="button" onClick=${() => form.set("conditions", [...conditions, { type: "cpu", above: "", below: "" }])}>
          <${Icon} name="plus" />${t("addCondition")}
        </button>`}
      </fieldset>
      <${Text} form=${form} name="duration" label=${t("ruleDuration")} hint=${t("ruleDurationHint")} inputmode="numeric" />
      <${Choice}
        form=${form}
        name="cover"
        label=${t("watchWhat")}
        choices=${[
          ["all", t("coverAll")],
          ["but", t("coverAllBut")],
          ["only", t("coverOnly")],
        ]}
      />
      ${cover !== "all" && html`<${Chooser} form=${form} servers=${servers} />`}
      <${Channels} form=${form} channels=${channels} />
      <${Choice}
        form=${form}
        name="remind"
        label=${t("remind")}
        choices=${reminders(form.values.remind)}
      />
      <${Check} form=${form} name="recovery" label=${t("recovery")} />
      <${Buttons} form=${form} words=${rule ? t("save") : t("add")} onCancel=${onClose} />
    </form>
  <//>`;
}

function Condition({ form, place }) {
  const { conditions } = form.values;
  const one = conditions[place];
  const number = place + 1;
  const change = (changes) => form.set("conditions", conditions.map((old, at) => (at === place ? { ...old, ...changes } : old)));
  const limit = (name, words, aria) => html`<input
    type="text"
    inputmode="decimal"
    placeholder=${t(words)}
    aria-label=${t(aria, { number })}
    value=${one[name]}
    onInput=${(event) => change({ [name]: event.target.value })}
  />`;
  return html`<div class="condition">
    <div class="select">
      <select aria-label=${t("conditionOf", { number })} value=${one.type} onChange=${(event) => change({ type: event.target.value, cycle: undefined })}>
        ${!TYPES[one.type] && html`<option value=${one.type}>${label(one.type)}</option>`}
        ${Object.entries(TYPES).map(([type, words]) => html`<option value=${type}>${t(words)}</option>`)}
      </select>
      <${Icon} name="caret" />
    </div>
    ${!WITHOUT_LIMITS.includes(one.type) && [limit("above", "above", "aboveOf"), limit("below", "below", "belowOf")]}
    ${conditions.length > 1 &&
    html`<button
      class="button quiet"
      type="button"
      aria-label=${t("removeCondition", { number })}
      onClick=${() => form.set("conditions", conditions.filter((_, at) => at !== place))}
    >×</button>`}
  </div>`;
}

function Channels({ form, channels }) {
  const chosen = form.values.channels;
  const toggle = (id, on) => form.set("channels", on ? [...chosen, id] : chosen.filter((one) => one !== id));
  return html`<fieldset class="plain">
    <legend>${t("tell")}</legend>
    ${channels.length === 0 && html`<p class="hint">${t("noChannelsToTell")}</p>`}
    ${channels.map(
      ({ id, name }) => html`<label class="check" key=${id}>
        <input type="checkbox" checked=${chosen.includes(id)} onChange=${(event) => toggle(id, event.target.checked)} />
        <bdi>${label(name)}</bdi>
      </label>`,
    )}
  </fieldset>`;
}

function reminders(known) {
  const usual = [
    ["0", t("remindNever")],
    ["3600", t("remindHour")],
    ["14400", t("remind4Hours")],
    ["86400", t("remindDay")],
  ];
  return usual.some(([value]) => value === known) ? usual : [...usual, [known, t("seconds", { seconds: known })]];
}

/** As the form has it. What it does not show (a condition's own duration, and so on) stays beside. */
function shown(rule) {
  const text = (value) => (value === undefined ? "" : String(value));
  return {
    ...rule,
    conditions: rule.conditions.map((one) => ({ ...one, above: text(one.above), below: text(one.below) })),
    duration: String(rule.duration),
    cover: rule.cover === "all" && rule.servers.length ? "but" : rule.cover,
    remind: String(rule.remind),
  };
}

function bodyOf({ name, enabled, conditions, duration, cover, servers, channels, remind, recovery }) {
  return {
    name,
    enabled,
    conditions: conditions.map(({ above, below, ...rest }) => ({ ...fitting(rest), ...limitsOf(rest.type, above, below) })),
    duration: Number(duration),
    cover: cover === "only" ? "only" : "all",
    servers: cover === "all" ? [] : servers,
    channels,
    remind: Number(remind),
    recovery,
  };
}

/** Without what another type had, that was chosen before. */
function fitting({ cycle, monitors, ...rest }) {
  const ofCycle = rest.type.startsWith("cycle_") && cycle;
  const ofMonitors = OF_MONITORS.includes(rest.type) && monitors;
  return { ...rest, ...(ofCycle ? { cycle } : {}), ...(ofMonitors ? { monitors } : {}) };
}

function limitsOf(type, above, below) {
  if (WITHOUT_LIMITS.includes(type)) return {};
  const given = { above, below };
  return Object.fromEntries(Object.entries(given).filter(([, text]) => text.trim()).map(([name, text]) => [name, Number(text)]));
}

function check({ name, conditions, duration, cover, servers }) {
  const isNumber = (text) => !text.trim() || Number.isFinite(Number(text));
  const wrong = conditions.some(
    ({ type, above, below }) =>
      !WITHOUT_LIMITS.includes(type) && !(isNumber(above) && isNumber(below) && (above.trim() || below.trim())),
  );
  return {
    name: needed(name),
    conditions: wrong ? t("limitMissing") : undefined,
    duration: /^\d{1,7}$/.test(duration.trim()) ? undefined : t("wholeNumber"),
    servers: cover === "only" && !servers.length ? t("chooseOne") : undefined,
  };
}
