// Muting: no messages about a server or a rule until a time.
import { html } from "../base/html.js";
import { Choice, Text } from "../frame/form.js";
import { moment } from "../text/format.js";
import { t } from "../text/strings.js";

const HOUR = 3600;
const SPANS = { [HOUR]: "muteHour", [8 * HOUR]: "mute8Hours", [24 * HOUR]: "muteDay", [7 * 24 * HOUR]: "muteWeek" };

const now = () => Math.floor(Date.now() / 1000);
export const isMuted = (until) => until > now();

/** A form's values. muted_until: "none", "keep", a number of seconds from now, or "date" with the time in muted_date. */
export const NOT_MUTED = { muted_until: "none", muted_date: "" };
export const muteShown = (until) => (isMuted(until) ? { muted_until: "keep", muted_date: "" } : NOT_MUTED);

export const muteErrors = ({ muted_until: chosen, muted_date: date }) => ({
  muted_date: chosen === "date" && !(dateOf(date) > now()) ? t("error_in_the_past") : undefined,
});

/** The fields to send, none if nothing was changed. before: the stored time, Unix seconds. */
export function mutedUntil({ muted_until: chosen, muted_date: date }, before = 0) {
  if (chosen === "keep" || (chosen === "none" && !isMuted(before))) return {};
  return { muted_until: chosen === "none" ? 0 : chosen === "date" ? dateOf(date) : now() + Number(chosen) };
}

/** Unix seconds of a time in the reader's time zone. */
const dateOf = (text) => Math.floor(new Date(text).getTime() / 1000);

/** until: the stored time. */
export function MuteFields({ form, until }) {
  const choices = [
    ["none", t("muteNot")],
    ...(isMuted(until) ? [["keep", t("muteKeep", { time: moment(until) })]] : []),
    ...Object.entries(SPANS).map(([seconds, words]) => [seconds, t(words)]),
    ["date", t("muteDate")],
  ];
  return html`
    <${Choice} form=${form} name="muted_until" label=${t("mute")} hint=${t("muteHint")} choices=${choices} />
    ${form.values.muted_until === "date" && html`<${Text} form=${form} name="muted_date" label=${t("muteUntil")} type="datetime-local" />`}
  `;
}

/** A badge to show beside a name. */
export const Muted = ({ until }) => isMuted(until) && html`<em class="badge" title=${t("mutedUntil", { time: moment(until) })}>${t("muted")}</em>`;
