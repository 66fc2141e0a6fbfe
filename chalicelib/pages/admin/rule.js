// The editor of a rule: what to watch, where, for how long, and which channels to notify.
import { html, useEffect, useRef, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { Choice, Text } from "../frame/form.js";
import { Icon } from "../frame/icons.js";
import { SessionNotice } from "../frame/notices.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";
import { Condition } from "./condition.js";
import { NEW_CONDITION } from "./condition_types.js";
import { Cover } from "./cover.js";
import { useKeptForm } from "./drafts.js";
import { Duration } from "./duration.js";
import { MuteFields } from "./mute.js";
import { Notify } from "./notify.js";
import { Now } from "./now.js";
import { newRule, ruleBody, ruleErrors, ruleShown } from "./rule_values.js";
import { Switch } from "./switch.js";

const CONDITIONS = 10;

export const draftKey = (rule) => `rule ${rule?.id ?? "new"}`;

/**
 * rule: undefined for a new one. data: the alerts section's. names: {server(id), monitor(id)}. asked: whether somebody
 * opened it; it then takes the focus. level: its heading's, such as "h2". toggle(enabled): switches a stored rule.
 * onSaved(id), onDelete(), onCancel(), onClose().
 */
export function RuleEditor({ rule, data, names, asked, level, toggle, onSaved, onDelete, onCancel, onClose }) {
  const { servers, channels, monitors, events, open, now } = data;
  const [saved, setSaved] = useState(false);
  const form = useKeptForm(draftKey(rule), rule ? ruleShown(rule) : newRule(channels), {
    check: ruleErrors,
    submit: async (values) => {
      const made = await send(rule ? "PATCH" : "POST", rule ? `api/rule/${rule.id}` : "api/rule", ruleBody(values, rule?.muted_until));
      form.settle(values);
      setSaved(true);
      await onSaved(made?.id ?? rule.id);
    },
    changed: () => setSaved(false),
  });
  const heading = useRef(null);
  useEffect(() => {
    if (asked && !rule) document.getElementById("name")?.focus();
    else if (asked) heading.current.focus();
  }, [asked]);
  function cancel() {
    form.discard();
    onCancel();
  }
  const { conditions } = form.values;
  const title = rule ? label(rule.name) : t("newRule");
  const enabled = rule ? rule.enabled : form.values.enabled;
  return html`<section class="card editor" aria-labelledby="editor-title">
    <header>
      <button class="icon-button back" type="button" aria-label=${t("backToRules")} onClick=${onClose}><${Icon} name="left" /></button>
      <${level} class="title" id="editor-title" ref=${heading} tabindex="-1"><bdi>${title}</bdi><//>
      <${Switch} label=${t("ruleEnabled")} on=${enabled} onChange=${rule ? toggle : (on) => form.set("enabled", on)} />
    </header>
    <form onSubmit=${form.onSubmit} novalidate>
      <div class="fields">
        <${Now} values=${form.values} servers=${servers} now=${now} events=${open.filter((one) => one.rule_id === rule?.id)} />
        <${Text} form=${form} name="name" label=${t("name")} most="128" />
        <fieldset class="field">
          <legend>${t("conditions")}</legend>
          ${conditions.map((_, place) => html`<${Condition} key=${place} ...${{ form, place, servers, monitors, names }} />`)}
          <p class="error" role="alert">${form.errors.conditions}</p>
          ${conditions.length < CONDITIONS &&
          html`<button class="link add" type="button" onClick=${() => form.set("conditions", [...conditions, NEW_CONDITION])}>
            <${Icon} name="plus" />${t("addCondition")}
          </button>`}
        </fieldset>
        <${Duration} form=${form} name="duration" label=${t("ruleDuration")} after=${t("inARow")} hint=${Number(form.values.duration) ? undefined : t("ruleDurationHint")} />
        <${Cover} form=${form} tags="tags" title=${t("watchWhat")} servers=${servers} names=${names} />
        <${Notify} form=${form} channels=${channels} events=${events} />
        <div class="field"><${Switch} label=${t("recovery")} words on=${form.values.recovery} onChange=${(on) => form.set("recovery", on)} /></div>
        <div class="pair">
          <${Choice} form=${form} name="remind" label=${t("remind")} choices=${reminders(form.values.remind)} />
          <${MuteFields} form=${form} until=${rule?.muted_until} />
        </div>
      </div>
      <footer>
        <${SessionNotice} />
        <p class="error" role="alert">${form.problem}</p>
        <div class="buttons">
          <button class="button primary" type="submit" disabled=${form.busy}>${rule ? t("save") : t("add")}</button>
          <button class="button" type="button" onClick=${cancel}>${t("cancel")}</button>
          <p class="good" role="status">${saved ? t("saved") : ""}</p>
          ${rule && html`<button class="button quiet danger" type="button" onClick=${onDelete}>${t("deleteRule")}</button>`}
        </div>
      </footer>
    </form>
  </section>`;
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
