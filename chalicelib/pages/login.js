// Signing in, "/login".
import { html, render, useEffect, useRef, useState } from "./html.js";
import { ROOT, get, rememberSignedIn, seemsSignedIn, send } from "./api.js";
import { Field } from "./form.js";
import { Frame, useLanguage } from "./site.js";
import { siteLanguage, t } from "./strings.js";

const panel = new URL("dashboard", ROOT).href;

function words(error) {
  if (error.status === 429) return t("tooManyAttempts");
  if (error.status === 403) return t(error.message.startsWith("No password") ? "noPasswordYet" : "wrongPassword");
  return error.status === 0 ? t("noAnswer") : t("failed", { why: error.message || error.status });
}

function App() {
  useLanguage();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const [siteName, setSiteName] = useState("");
  const field = useRef(null);

  useEffect(() => {
    field.current?.focus();
    get("api/summary").then(
      (summary) => {
        siteLanguage(summary.language);
        setSiteName(summary.site_name);
      },
      () => {}, // closed to guests, or away: the page does without
    );
    if (seemsSignedIn()) get("api/settings").then(() => location.replace(panel), () => rememberSignedIn(false));
  }, []);

  async function onSubmit(event) {
    event.preventDefault();
    if (busy) return;
    if (!password) {
      setProblem(() => t("passwordMissing"));
      field.current.focus();
      return;
    }
    setBusy(true);
    try {
      await send("POST", "api/login", { password });
      rememberSignedIn(true);
      location.replace(panel);
    } catch (error) {
      setProblem(() => words(error));
      setBusy(false);
      field.current.focus();
      field.current.select();
    }
  }

  const status = html`<a class="button" href=${ROOT.href}>${t("statusPage")}</a>`;
  return html`<${Frame} siteName=${siteName} home=${ROOT.href} links=${status}>
    <form class="sign-in" onSubmit=${onSubmit} novalidate>
      <h1>${t("signIn")}</h1>
      <${Field} name="password" label=${t("password")} error=${problem}>
        ${(attributes) => html`<input
          ...${attributes}
          ref=${field}
          type="password"
          autocomplete="current-password"
          maxlength="1024"
          value=${password}
          onInput=${(event) => {
            setPassword(event.target.value);
            setProblem(null);
          }}
        />`}
      <//>
      <button type="submit" class="primary" disabled=${busy}>${t("signIn")}</button>
    </form>
  <//>`;
}

render(html`<${App} />`, document.getElementById("app"));
