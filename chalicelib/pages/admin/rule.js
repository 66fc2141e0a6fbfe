// A rule: what to watch, where, for how long, and whom to tell.
import { html } from "../base/html.js";
import { send } from "../base/api.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons, Check, Choice, Text, needed, useForm } from "../frame/form.js";
import { Icon } from "../frame/icons.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";
import { Condition, NEW_CONDITION, conditionBody, conditionErrors, conditionShown } from "./condition.js";
import { Chooser } from "./monitors.js";
import { MuteFields, NOT_MUTED, muteErrors, muteShown, mutedUntil } from "./mute.js";

const NEW = {
  name: "",
  enabled: true,
  conditions: [{ ...NEW_CONDITION, type: "offline" }],
  duration: "120",
  cover: "all",
  servers: [],
  tags: [],
  channels: [],
  remind: "0",
  recovery: true,
  ...NOT_MUTED,
};

/** Those that a new rule tells: all but services that only wait for a heartbeat. */
const usual = (channels) => channels.filter(({ heartbeat }) => !heartbeat).map(({ id }) => id);

/** rule: undefined for a new one. */
export function EditRule({ rule, servers, channels, monitors, onSaved, onClose }) {
  const form = useForm(rule ? shown(rule) : { ...NEW, channels: usual(channels) }, {
    check,
    submit: async (values) => {
      await send(rule ? "PATCH" : "POST", rule ? `api/rule/${rule.id}` : "api/rule", bodyOf(values, rule));
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
        ${conditions.map((_, place) => html`<${Condition} key=${place} form=${form} place=${place} servers=${servers} monitors=${monitors} />`)}
        <p class="error" role="alert">${form.errors.conditions}</p>
        ${conditions.length < 10 &&
        html`<button class="button" type="button" onClick=${() => form.set("conditions", [...conditions, NEW_CONDITION])}>
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
      ${cover !== "all" && html`<${Chooser} form=${form} name="tags" title=${t("tags")} servers=${tagsOf(servers, form.values.tags)} />`}
      <${Channels} form=${form} channels=${channels} />
      <${Choice}
        form=${form}
        name="remind"
        label=${t("remind")}
        choices=${reminders(form.values.remind)}
      />
      <${Check} form=${form} name="recovery" label=${t("recovery")} />
      <${MuteFields} form=${form} until=${rule?.muted_until} />
      <${Buttons} form=${form} words=${rule ? t("save") : t("add")} onCancel=${onClose} />
    </form>
  <//>`;
}

/** Those of servers, and those that a rule names though no server has them any more. */
function tagsOf(servers, named) {
  const tags = new Set([...servers.map(({ tag }) => tag).filter(Boolean), ...named]);
  return [...tags].sort().map((tag) => ({ id: tag, label: label(tag), words: tag.toLowerCase() }));
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

/** As the form has it. */
function shown(rule) {
  const isNamed = rule.servers.length > 0 || rule.tags.length > 0;
  return {
    ...rule,
    conditions: rule.conditions.map(conditionShown),
    duration: String(rule.duration),
    cover: rule.cover === "all" && isNamed ? "but" : rule.cover,
    remind: String(rule.remind),
    ...muteShown(rule.muted_until),
  };
}

function bodyOf(values, rule) {
  const { name, enabled, conditions, duration, cover, servers, tags, channels, remind, recovery } = values;
  return {
    name,
    enabled,
    conditions: conditions.map(conditionBody),
    duration: Number(duration),
    cover: cover === "only" ? "only" : "all",
    servers: cover === "all" ? [] : servers,
    tags: cover === "all" ? [] : tags,
    channels,
    remind: Number(remind),
    recovery,
    ...mutedUntil(values, rule?.muted_until),
  };
}

function check(values) {
  const { name, conditions, duration, cover, servers, tags } = values;
  return {
    name: needed(name),
    ...Object.assign({}, ...conditions.map(conditionErrors)),
    duration: /^\d{1,7}$/.test(duration.trim()) ? undefined : t("wholeNumber"),
    servers: cover === "only" && !servers.length && !tags.length ? t("chooseServerOrTag") : undefined,
    ...muteErrors(values),
  };
}
