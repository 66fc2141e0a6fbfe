// Marks for one server: its state, country, system; bars and strips of its figures.
import { html, memo, useMemo } from "../base/html.js";
import { Icon } from "../frame/icons.js";
import { availabilityOf, bytesOf, percent, speed } from "../text/format.js";
import { t } from "../text/strings.js";
import { levelOf } from "./servers.js";

const FLAGS = new URL("../vendor/flags.svg", import.meta.url).href;
const SYSTEMS = new URL("../vendor/systems.svg", import.meta.url).href;

const STATES = { online: "stateOnline", warn: "stateWarn", offline: "stateOffline", never: "stateNever", muted: "stateMuted" };
const SHAPES = {
  online: html`<circle cx="6" cy="6" r="4" />`,
  warn: html`<path d="M6 .9 11.6 11H.4z" />`,
  offline: html`<path
    d="M6 .8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 6 .8zM3.6 5a1 1 0 0 0 0 2h4.8a1 1 0 0 0 0-2z"
    fill-rule="evenodd"
  />`,
  never: html`<circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.4 2" />`,
  muted: html`<circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.8" />`,
};

export const Dot = memo(({ state }) => {
  const words = t(STATES[state]);
  return html`<svg class=${`dot ${state}`} viewBox="0 0 12 12" role="img" aria-label=${words}><title>${words}</title>${SHAPES[state]}</svg>`;
});

/** A country's flag; a globe if the country is not known. */
export const Flag = memo(({ code }) => {
  const letters = /^[a-z]{2}$/i.test(code) ? code.toUpperCase() : "";
  if (!letters) {
    return html`<svg class="flag nowhere" viewBox="0 0 21 14" aria-hidden="true">
      <path d="M10.5 1a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM4.5 7h12M10.5 1c3.4 3.4 3.4 8.6 0 12-3.4-3.4-3.4-8.6 0-12z" />
    </svg>`;
  }
  return html`<svg class="flag" role="img" aria-label=${letters}><title>${letters}</title><use href=${`${FLAGS}#${letters}`} /></svg>`;
});

/** The icon of an operating system, by `systemOf`. */
export function SystemIcon({ system }) {
  return system.icon ? html`<svg class="os" aria-hidden="true"><use href=${`${SYSTEMS}#${system.icon}`} /></svg>` : null;
}

/** A bar for a value from 0 to 100. kind: the quantity, which determines its color while the value is not high. */
export const Meter = ({ value, kind }) => html`<span class=${`meter ${levelOf(value) || kind} ${stepOf(value)}`}></span>`;

/**
 * The class that gives a bar its length, in steps of 2 percent. Hundreds of bars change with each update. Elements with
 * the same classes share their styles, whereas an inline style for each would take ten times as long.
 */
export const stepOf = (value) => `v${Math.round(Math.min(100, Math.max(0, value)) / 2)}`;

/** "10.6 / 16 GB", or "" if the total is not known. */
export const ofTotal = (used, total) => (total > 0 ? bytesOf(used, total) : "");

/** Both directions of the network, received first. */
export function Rates({ received, sent, show = speed }) {
  return html`<span class="rate"><${Arrow} way="in" />${show(received)}</span>
    <span class="rate"><${Arrow} way="out" />${show(sent)}</span>`;
}

export function Arrow({ way }) {
  return html`<${Icon} name=${way === "in" ? "down" : "up"} class=${`dir ${way}`} /><span class="unseen">${t(way === "in" ? "received" : "sent")} </span>`;
}

/** The mean of the days that are known, 0 to 1; null if none is. */
export function meanOf(days) {
  const known = days.filter((day) => day !== null);
  return known.length ? known.reduce((sum, day) => sum + day, 0) / known.length : null;
}

/** A strip of days. days: oldest first, shares from 0 to 1, null where nothing is known. */
export const Strip = memo(({ days, tall = false }) => {
  const { mean, found } = useMemo(() => ({ mean: meanOf(days), found: runsOf(days, tall ? 1 : days.length) }), [days, tall]);
  const words = t("availabilityOf", { count: days.length, percent: mean === null ? "–" : availabilityOf(mean) });
  return html`<span class=${`strip ${tall ? "tall" : ""}`} role="img" aria-label=${words}>
    ${found.map(({ kind, count }) => html`<i class=${kind} style=${{ "--n": count }}></i>`)}
  </span>`;
});

/** Groups adjacent days that look the same, at most `most` per group: otherwise, a list needs thousands of elements. */
function runsOf(days, most) {
  const found = [];
  for (const day of days) {
    const kind = day === null ? "none" : day > 0.9995 ? "" : day < 0.97 ? "bad" : "warn";
    const last = found.at(-1);
    if (last?.kind === kind && last.count < most) last.count += 1;
    else found.push({ kind, count: 1 });
  }
  return found;
}

/** Latency, with loss below. */
export function Latency({ server, show }) {
  const { latency, loss } = server;
  return html`<b>${latency === null ? "–" : show(latency)}</b>
    <small class=${loss >= 0.05 ? "warn" : ""}>${loss === null ? "" : loss >= 0.05 ? t("lossOf", { percent: percent(loss) }) : t("noLoss")}</small>`;
}
