// The site's appearance: logo, accent color, footer and custom CSS.
import { html, useEffect, useState } from "../base/html.js";
import { href } from "../base/address.js";
import { send } from "../base/api.js";
import { Buttons, Field, Text } from "../frame/form.js";
import { Mark } from "../frame/frame.js";
import { t } from "../text/strings.js";
import { isUnsaved, useKeptForm } from "./drafts.js";

const LOGO_KB = 32; // the dashboard's limit
const CSS_MOST = "16384";
const KINDS = ["image/svg+xml", "image/png"];
const OWN = "#2c52e0"; // the accent in tokens.css, to start from

export function Look({ live }) {
  const file = live.data.settings.css;
  const [style, setStyle] = useState(file ? null : ""); // the stored one; null until it is loaded
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (file) styleIn(file).then(setStyle, () => setFailed(true));
  }, []);
  if (failed) return html`<p class="error" role="alert">${t("noAnswer")}</p>`;
  return style === null ? null : html`<${Form} live=${live} style=${style} setStyle=${setStyle} />`;
}

async function styleIn(file) {
  const answer = await fetch(href(`custom/${file}`));
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
}

function Form({ live, style, setStyle }) {
  const { settings } = live.data;
  const [saved, setSaved] = useState(false);
  const before = { logo: settings.logo, accent: settings.accent, footer: settings.footer, css: style };
  const form = useKeptForm("look", before, {
    submit: async (values) => {
      const changes = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== before[name]));
      await send("PATCH", "api/settings", changes);
      const isNamed = Object.keys(changes).some((name) => name !== "css"); // in the document, which must be reloaded
      const reload = isNamed && !isUnsaved({ except: "look" });
      if (!reload) await live.refresh();
      form.settle(values);
      if (reload) return location.reload();
      setStyle(values.css);
      setSaved(true);
    },
    changed: () => setSaved(false),
  });
  return html`<form class="card settings" onSubmit=${form.onSubmit} novalidate>
    <h2>${t("look")}</h2>
    <${LogoField} form=${form} />
    <${AccentField} form=${form} />
    <${Text} form=${form} name="footer" label=${t("footer")} hint=${t("footerHint")} most="500" lines="2" />
    <${Text} form=${form} name="css" label=${t("ownCss")} hint=${t("ownCssHint")} most=${CSS_MOST} lines="5" spellcheck="false" />
    <${Buttons} form=${form} words=${t("save")} done=${saved && t("saved")} />
  </form>`;
}

function LogoField({ form }) {
  const { logo } = form.values;
  const shown = logo.startsWith("data:") ? null : logo;
  async function onChoose(event) {
    const [file] = event.target.files;
    event.target.value = ""; // the same file may be chosen again
    if (!file) return;
    if (!KINDS.includes(file.type)) form.fail("logo", t("error_not_a_logo"));
    else if (file.size > LOGO_KB * 1024) form.fail("logo", t("error_file_too_large", { count: LOGO_KB }));
    else form.set("logo", `data:${file.type};base64,${base64Of(await file.arrayBuffer())}`);
  }
  return html`<${Field} name="logo" label=${t("logo")} hint=${t("logoHint")} error=${form.errors.logo}>
    ${(attributes) => html`<div class="logo-field">
      ${shown ? html`<img src=${href(`custom/${shown}`)} alt=${t("logo")} />` : html`<${Mark} down=${false} />`}
      <input ...${attributes} type="file" accept=".svg,.png,image/svg+xml,image/png" onChange=${onChoose} />
      ${logo.startsWith("data:") && html`<span class="good">${t("logoChosen")}</span>`}
      ${logo && html`<button class="button" type="button" onClick=${() => form.set("logo", "")}>${t("removeLogo")}</button>`}
    </div>`}
  <//>`;
}

const base64Of = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));

function AccentField({ form }) {
  const { accent } = form.values;
  return html`<${Field} name="accent" label=${t("accent")} hint=${t("accentHint")} error=${form.errors.accent}>
    ${(attributes) => html`<div class="accent-field">
      <input ...${attributes} type="color" value=${accent || OWN} onInput=${(event) => form.set("accent", event.target.value)} />
      <code>${accent || t("accentOwn")}</code>
      ${accent && html`<button class="button" type="button" onClick=${() => form.set("accent", "")}>${t("accentReset")}</button>`}
    </div>`}
  <//>`;
}
