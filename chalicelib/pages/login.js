// Signing in, "/login".
import { html, render, useEffect, useRef, useState } from "./base/html.js";
import { href } from "./base/address.js";
import { get } from "./base/api.js";
import { signIn } from "./base/device.js";
import { forgetSession, seemsSignedIn, sessionWorks } from "./base/session.js";
import { loadFont } from "./frame/font.js";
import { Field } from "./frame/form.js";
import { Frame, Logo, useLanguage } from "./frame/frame.js";
import { explained } from "./text/errors.js";
import { ready, siteLanguage, t } from "./text/strings.js";

const SITE = document.documentElement.dataset; // site: its name; language: its setting; neither while it is private

const enter = () => location.replace(href("dashboard"));

function App() {
  useLanguage();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const field = useRef(null);

  useEffect(() => {
    field.current?.focus();
    siteLanguage(SITE.language);
    if (seemsSignedIn()) get("api/settings").then(enter, forgetSession);
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
      await signIn(password);
      sessionWorks();
      enter();
    } catch (error) {
      setProblem(() => explained(error));
      setBusy(false);
      field.current.focus();
      field.current.select();
    }
  }

  return html`<${Frame} siteName=${SITE.site} title=${t("signIn")} pages=${[]} enter=${{ path: "", words: t("statusPage") }}>
    <form class="card sign-in" onSubmit=${onSubmit} novalidate>
      <${Logo} down=${false} />
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
      <button class="button primary" type="submit" disabled=${busy}>${t("signIn")}</button>
    </form>
  <//>`;
}

ready.then(() => render(html`<${App} />`, document.getElementById("app")));
loadFont();
