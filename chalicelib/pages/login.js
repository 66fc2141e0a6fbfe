// Signing in, "/login".
import { html, render, useEffect, useRef, useState } from "./html.js";
import { ROOT, ask, get } from "./api.js";
import { Field } from "./form.js";
import { Frame, useLanguage } from "./site.js";
import { forgetSession, seemsSignedIn, sessionWorks } from "./session.js";
import { explained } from "./text/errors.js";
import { ready, siteLanguage, t } from "./text/strings.js";

const panel = new URL("dashboard", ROOT).href;

function words(error) {
  if (error.status === 429) return t("tooManyAttempts");
  if (error.message.startsWith("The password is wrong")) return t("wrongPassword");
  if (error.message.startsWith("No password")) return t("noPasswordYet");
  if (error.message.includes("own pages")) return t("otherSite");
  return explained(error);
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
    if (seemsSignedIn()) get("api/settings").then(() => location.replace(panel), forgetSession);
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
      await ask("api/login", { method: "POST", body: { password } });
      sessionWorks();
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

ready.then(() => render(html`<${App} />`, document.getElementById("app")));
