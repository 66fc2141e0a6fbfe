// The admin's settings.
import { html, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { Buttons, Check, Choice, Text, needed } from "../frame/form.js";
import { Costs } from "./costs.js";
import { useKeptForm } from "./drafts.js";
import { Look } from "./look.js";
import { Password } from "./password.js";
import { Sessions } from "./sessions.js";
import { siteLanguage, siteLanguages, t } from "../text/strings.js";

/** path: from the address, "password" to focus that form. onOver: called when the session was ended here. */
export function Settings({ live, path: [part], onOver }) {
  return html`
    <div class="pagehead"><h1>${t("settings")}</h1></div>
    <div class="sheets">
      <div class="sheets">
        <${Site} live=${live} />
        <${Look} live=${live} />
      </div>
      <div class="sheets">
        <${Costs} />
        <${Password} first=${part === "password"} />
        <${Sessions} onOver=${onOver} />
      </div>
    </div>
  `;
}

/** The intervals to choose from: those that can be set, and the one in force. */
function flushes(known) {
  return [...new Set([known, 300, 600])].map((seconds) => [String(seconds), t("minutes", { minutes: seconds / 60 })]);
}

const NUMBERS = ["report_interval", "live_interval", "flush"];
const OWN = ["site_name", "public_page", "language", "public_monitors", "public_events", "api_keeps_live", ...NUMBERS];

/**
 * The values that were changed in this form. If all were sent, saving the site's name would also set a number that comes
 * from the deployment, and undo what another form or tab has saved.
 */
function changed(values, known) {
  const entries = OWN.map((name) => [name, NUMBERS.includes(name) ? Number(values[name]) : values[name]]);
  return Object.fromEntries(entries.filter(([name, value]) => value !== known[name]));
}

function Site({ live }) {
  const [saved, setSaved] = useState(false);
  const form = useKeptForm("site", live.data.settings, {
    check: ({ site_name }) => ({ site_name: needed(site_name) }),
    submit: async (values) => {
      await send("PATCH", "api/settings", changed(values, live.data.settings));
      form.settle(values);
      siteLanguage(values.language);
      setSaved(true);
      live.refresh();
    },
    changed: () => setSaved(false),
  });
  return html`<form class="card settings" onSubmit=${form.onSubmit} novalidate>
    <h2>${t("site")}</h2>
    <${Text} form=${form} name="site_name" label=${t("siteName")} hint=${t("siteNameHint")} most="128" />
    <${Check} form=${form} name="public_page" label=${t("publicPage")} hint=${t("publicPageHint")} />
    <${Choice}
      form=${form}
      name="language"
      label=${t("siteLanguage")}
      hint=${t("siteLanguageHint")}
      choices=${siteLanguages()}
    />
    <${Check} form=${form} name="public_monitors" label=${t("publicMonitors")} hint=${t("publicMonitorsHint")} />
    <${Check} form=${form} name="public_events" label=${t("publicEvents")} hint=${t("publicEventsHint")} />
    <${Text}
      form=${form}
      name="report_interval"
      label=${t("reportInterval")}
      hint=${t("reportIntervalHint")}
      type="number"
      min="10"
      max="300"
    />
    <${Text}
      form=${form}
      name="live_interval"
      label=${t("liveInterval")}
      hint=${t("liveIntervalHint")}
      type="number"
      min="2"
      max="60"
    />
    <${Check} form=${form} name="api_keeps_live" label=${t("apiKeepsLive")} hint=${t("apiKeepsLiveHint")} />
    <${Choice}
      form=${form}
      name="flush"
      label=${t("flush")}
      hint=${t("flushHint")}
      choices=${flushes(live.data.settings.flush)}
    />
    <${Buttons} form=${form} words=${t("save")} done=${saved && t("saved")} />
  </form>`;
}
