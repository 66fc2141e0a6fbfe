// Settings for messages: the URL that they link to, their time zone, and quiet hours.
import { html, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { Buttons, Choice, Text } from "../frame/form.js";
import { Icon } from "../frame/icons.js";
import { weekday } from "../text/format.js";
import { t } from "../text/strings.js";
import { useKeptForm } from "./drafts.js";

const OWN = ["site_url", "time_zone", "quiet"];
const NIGHT = { days: [0, 1, 2, 3, 4, 5, 6], from: "22:00", to: "07:00" };

export function Messages({ live }) {
  const [saved, setSaved] = useState(false);
  const form = useKeptForm("messages", live.data.settings, {
    check: ({ quiet }) => ({ quiet: quiet.some((one) => !one.days.length) ? t("error_not_a_weekday") : undefined }),
    submit: async (values) => {
      await send("PATCH", "api/settings", Object.fromEntries(OWN.map((name) => [name, values[name]])));
      form.settle(values);
      setSaved(true);
      live.refresh();
    },
    changed: () => setSaved(false),
  });
  return html`<form class="card settings alone" onSubmit=${form.onSubmit} novalidate>
    <h2>${t("messages")}</h2>
    <${Text} form=${form} name="site_url" label=${t("siteUrl")} hint=${t("siteUrlHint")} type="url" />
    <${Choice} form=${form} name="time_zone" label=${t("timeZone")} hint=${t("timeZoneHint")} choices=${zones(live.data.settings.time_zone)} />
    <${Quiet} form=${form} />
    <${Buttons} form=${form} words=${t("save")} done=${saved && t("saved")} />
  </form>`;
}

/** The time zones to choose from. known: the stored one, a choice even if this browser has another name for it. */
function zones(known) {
  const names = new Set(["UTC", known, ...Intl.supportedValuesOf("timeZone")]);
  return [...names].map((name) => [name, name.replaceAll("_", " ")]);
}

function Quiet({ form }) {
  const windows = form.values.quiet;
  const set = (index, changes) => form.set("quiet", windows.map((one, place) => (place === index ? { ...one, ...changes } : one)));
  const remove = (index) => form.set("quiet", windows.filter((_, place) => place !== index));
  return html`<fieldset class="field quiet" aria-describedby="quiet-hint quiet-error">
    <legend>${t("quietHours")}</legend>
    ${windows.map((one, index) => html`<${Window} key=${index} window=${one} set=${(changes) => set(index, changes)} remove=${() => remove(index)} />`)}
    <button class="button" type="button" onClick=${() => form.set("quiet", [...windows, NIGHT])}>
      <${Icon} name="plus" />${t("addQuietHours")}
    </button>
    <p class="hint" id="quiet-hint">${t("quietHoursHint")}</p>
    <p class="error" id="quiet-error" role="alert">${form.errors.quiet}</p>
  </fieldset>`;
}

function Window({ window, set, remove }) {
  const { days, from, to } = window;
  const toggle = (day) => set({ days: days.includes(day) ? days.filter((one) => one !== day) : [...days, day].sort() });
  return html`<div class="window">
    <div class="days" role="group" aria-label=${t("weekdays")}>
      ${NIGHT.days.map(
        (day) => html`<button class="chip" type="button" key=${day} aria-pressed=${days.includes(day)} onClick=${() => toggle(day)}>${weekday(day)}</button>`,
      )}
    </div>
    <div class="times">
      <input type="time" aria-label=${t("quietFrom")} value=${from} required onInput=${(event) => set({ from: event.target.value })} />
      <span aria-hidden="true">–</span>
      <input type="time" aria-label=${t("quietTo")} value=${to} required onInput=${(event) => set({ to: event.target.value })} />
      <button class="icon-button" type="button" aria-label=${t("removeQuietHours")} title=${t("removeQuietHours")} onClick=${remove}>
        <${Icon} name="close" />
      </button>
    </div>
  </div>`;
}
