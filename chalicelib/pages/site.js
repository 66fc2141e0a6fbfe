// What every page has around its content: the site's name, theme and language, and notices.
import { html, useEffect, useState } from "./html.js";
import { ROOT } from "./api.js";
import { useSessionEnded } from "./session.js";
import { clock, label } from "./text/format.js";
import { chooseLanguage, currentLanguage, languageNames, onLanguage, t } from "./text/strings.js";
import { remember, remembered } from "./storage.js";

const LOGIN = new URL("login", ROOT).href;
const THEMES = { auto: "themeAuto", light: "themeLight", dark: "themeDark" };
const ICONS = {
  auto: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  light: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  close: "M6 6l12 12M18 6 6 18",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20 20l-4-4",
  down: "M12 5v13M6 12.5l6 6 6-6",
  up: "M12 19V6M6 11.5l6-6 6 6",
  plus: "M12 5v14M5 12h14",
  rows: "M4 6h16M4 12h16M4 18h16",
  cards: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
}

/** Draws again after every change of language. */
export function useLanguage() {
  const [, redraw] = useState(0);
  useEffect(() => onLanguage(() => redraw((count) => count + 1)), []);
}

/**
 * The page's frame. links: nodes at the right of the site's name. full: whether the page takes the whole width.
 * at: when what is shown was so (Date.now()), 0 when nothing is.
 */
export function Frame({ siteName, home, links, full = false, at = 0, children }) {
  const shown = label(siteName, "Nezha");
  useEffect(() => {
    document.title = shown;
  }, [shown]);
  return html`
    <a class="skip" href="#content">${t("skip")}</a>
    <div class=${full ? "full" : ""}>
      <header class="top">
        <div class="wide">
          <a class="brand" href=${home}><bdi>${shown}</bdi></a>
          <div class="links">
            ${at > 0 && html`<span class="as-of">${t("updated", { time: clock(at / 1000) })}</span>`}
            ${links}<${Theme} /><${Language} />
          </div>
        </div>
      </header>
      <main id="content" class="wide" tabindex="-1">${children}</main>
    </div>
  `;
}

function Theme() {
  const [theme, setTheme] = useState(remembered("theme") in THEMES ? remembered("theme") : "auto");
  function next() {
    const names = Object.keys(THEMES);
    const wanted = names[(names.indexOf(theme) + 1) % names.length];
    remember("theme", wanted === "auto" ? null : wanted);
    if (wanted === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = wanted;
    setTheme(wanted);
    document.dispatchEvent(new Event("theme"));
  }
  const words = `${t("theme")}: ${t(THEMES[theme])}`;
  return html`<button type="button" class="quiet square" onClick=${next} aria-label=${words} title=${words}>
    <${Icon} name=${theme} />
  </button>`;
}

function Language() {
  const [other, name] = languageNames().find(([tag]) => tag !== currentLanguage());
  return html`<button
    type="button"
    class="quiet"
    lang=${other}
    onClick=${() => chooseLanguage(other)}
    title=${t("language")}
  >
    ${name}
  </button>`;
}

/** Says so when what is shown is old, and why; `otherwise` when it is not. */
export function Freshness({ live, otherwise = "" }) {
  const time = clock(live.at / 1000);
  let words = "";
  if (live.error && live.error.status !== 401) {
    if (!live.at) words = t("unreachableNever");
    else words = t(live.error.status === 429 || live.error.status === 503 ? "busy" : "unreachable", { time });
  } else if (live.stale && !live.error) {
    words = t("stale", { time });
  }
  return html`<div class="freshness" role="status">
    ${words
      ? html`<div class="notice warn">
          <span>${words}</span><button type="button" onClick=${live.refresh}>${t("tryNow")}</button>
        </div>`
      : otherwise}
  </div>`;
}

/** Says that the session is over, and leads to signing in beside what is open here. */
export function SessionNotice() {
  const ended = useSessionEnded();
  return html`<div role="alert">
    ${ended &&
    html`<div class="notice warn">
      <span>${t("sessionOver")}${" "}<a href=${LOGIN} target="_blank">${t("signInAgain")}</a></span>
    </div>`}
  </div>`;
}

/** What stands where there is nothing, and what to do about it. */
export function Empty({ title, hint, children }) {
  return html`<div class="empty">
    <h2>${title}</h2>
    ${hint && html`<p>${hint}</p>`} ${children}
  </div>`;
}
