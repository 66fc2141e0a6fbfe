// The admin's settings.
import { html, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { Buttons, Check, Choice, Text, needed, useForm } from "../frame/form.js";
import { Password } from "./password.js";
import { siteLanguage, siteLanguages, t } from "../text/strings.js";

export function Settings({ live }) {
  return html`
    <div class="pagehead"><h1>${t("settings")}</h1></div>
    <div class="sheets">
      <${Site} live=${live} />
      <${Password} />
    </div>
  `;
}

function Site({ live }) {
  const [saved, setSaved] = useState(false);
  const form = useForm(live.data.settings, {
    check: ({ site_name }) => ({ site_name: needed(site_name) }),
    submit: async (values) => {
      await send("PATCH", "api/settings", values);
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
    <${Buttons} form=${form} words=${t("save")} done=${saved && t("saved")} />
  </form>`;
}
