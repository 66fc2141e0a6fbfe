// The panel's settings.
import { html, useState } from "./html.js";
import { send } from "./api.js";
import { Code } from "./confirm.js";
import { Buttons, Check, Choice, Text, needed, useForm } from "./form.js";
import { LANGUAGES, siteLanguage, t } from "./strings.js";

export function Settings({ live }) {
  const [saved, setSaved] = useState(false);
  const form = useForm(live.data.settings, {
    check: ({ site_name }) => ({ site_name: needed(site_name) }),
    submit: async (values) => {
      await send("PATCH", "api/settings", values);
      siteLanguage(values.language);
      setSaved(true);
      live.refresh();
    },
  });
  const watched = { ...form, set: (name, value) => (setSaved(false), form.set(name, value)) };
  return html`
    <div class="bar-of"><h1>${t("settings")}</h1></div>
    <form class="sheet" onSubmit=${form.onSubmit} novalidate>
      <${Text} form=${watched} name="site_name" label=${t("siteName")} hint=${t("siteNameHint")} most="128" />
      <${Check} form=${watched} name="public_page" label=${t("publicPage")} hint=${t("publicPageHint")} />
      <${Choice}
        form=${watched}
        name="language"
        label=${t("siteLanguage")}
        hint=${t("siteLanguageHint")}
        choices=${Object.entries(LANGUAGES)}
      />
      <p class="good" role="status">${saved ? t("saved") : ""}</p>
      <${Buttons} form=${form} words=${t("save")} />
    </form>
    <section class="sheet">
      <h2>${t("passwordChange")}</h2>
      <p class="hint">${t("passwordChangeHint")}</p>
      <${Code} text="python -m ops --stage STAGE password" what=${t("passwordChange")} />
    </section>
  `;
}
