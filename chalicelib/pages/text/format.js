// Formats figures and times, and makes texts from other people safe to show.
import { currentLanguage, t } from "./strings.js";

let language = "";
const made = new Map(); // the formatters in that language, by options

/** An Intl formatter in the current language, made once. options: a constant, because formatters are found by identity. */
function intl(Kind, options) {
  if (language !== currentLanguage()) {
    language = currentLanguage();
    made.clear();
  }
  if (!made.has(options)) made.set(options, new Kind(language, options));
  return made.get(options);
}

const DIGITS = [0, 1, 2, 3].map((digits) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits }));

/** A number with exactly `digits` digits after the point, at most three. */
export const number = (value, digits = 0) => intl(Intl.NumberFormat, DIGITS[digits]).format(value);

/** A number with three digits: 1.23, 12.3, 123. */
export const three = (value) => number(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);

/** 1536 → ["1.50", "KB"]: powers of 1024, three digits. */
export function bytesIn(count, unit) {
  const units = t("units").split(" ");
  let value = Math.max(0, Number(count) || 0);
  let at = 0;
  const last = unit === undefined ? units.length - 1 : units.indexOf(unit);
  while (at < last && (unit !== undefined || value >= 999.5)) {
    value /= 1024;
    at += 1;
  }
  return [at === 0 ? number(Math.round(value)) : three(Math.min(value, 1e6)), units[at]];
}

export const bytes = (count) => bytesIn(count).join(" ");

/** A size without zeros after the point, as for a disk: "16 GB". */
export const size = (count) => {
  const [amount, unit] = bytesIn(count);
  return `${amount.replace(/[.,]0+$/, "")} ${unit}`;
};

/** "10.6 / 16 GB": both in the unit of the larger. */
export function bytesOf(used, total) {
  const [, unit] = bytesIn(total);
  return `${bytesIn(used, unit)[0]} / ${size(total)}`;
}

export const speed = (count) => t("perSecond", { amount: bytes(count) });

export const share = (used, total) => (total > 0 ? Math.min(100, Math.max(0, (100 * used) / total)) : 0);

/** A percentage. value: from 0 to 100. */
export const percent = (value) => t("percent", { value: percentDigits(value) });

/** The same without its sign. */
export function percentDigits(value) {
  const bounded = Math.min(9999, Math.max(0, Number(value) || 0));
  return number(bounded, bounded >= 99.95 ? 0 : 1);
}

/** The percentage of lost probes, "0%" if none were lost. */
export const lossOf = (value) => (value < 0.05 ? t("percent", { value: 0 }) : percent(value));

/** A percentage with two decimals, rounded down: 99.98%. part: from 0 to 1. */
export function availabilityOf(part) {
  if (part >= 0.99999) return t("percent", { value: "100" });
  return t("percent", { value: number(Math.floor(part * 10_000) / 100, 2) });
}

export function load(value) {
  const bounded = Math.max(0, Number(value) || 0);
  return bounded < 10_000 ? number(bounded, bounded < 100 ? 2 : 0) : "9999+";
}

export const count = (value) => (value < 1e9 ? number(Math.round(value)) : "10⁹+");

/** US dollars, as AWS bills them. */
export const dollars = (value) => intl(Intl.NumberFormat, DOLLARS).format(value);
const DOLLARS = { style: "currency", currency: "USD" };

export const milliseconds = (value) => t("ms", { value: three(value) });

/** The two largest units: "3 d 4 h". */
export function duration(seconds) {
  const s = Math.max(0, Math.floor(Number(seconds) || 0));
  const days = Math.floor(s / 86_400);
  if (days > 36_500) return t("over100years");
  const [hours, minutes] = [Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (days >= 10) return t("days", { days });
  if (days > 0) return [t("days", { days }), hours && t("hours", { hours })].filter(Boolean).join(" ");
  if (hours > 0) return [t("hours", { hours }), minutes && t("minutes", { minutes })].filter(Boolean).join(" ");
  return minutes > 0 ? t("minutes", { minutes }) : t("seconds", { seconds: s });
}

/** The largest unit only: "188 d". */
export function roughly(seconds) {
  const days = Math.floor(seconds / 86_400);
  if (days > 36_500) return t("over100years");
  if (days > 0) return t("days", { days });
  return seconds >= 3600 ? t("hours", { hours: Math.floor(seconds / 3600) }) : duration(seconds);
}

export const ago = (seconds) => t("ago", { time: duration(seconds) });

/** A function that formats a time in the browser's time zone. seconds: since 1970. */
const dated = (options) => (seconds) => {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "–" : intl(Intl.DateTimeFormat, options).format(date);
};
const H24 = { hourCycle: "h23", hour: "2-digit", minute: "2-digit" };
export const clock = dated({ ...H24, second: "2-digit" });
export const hourAndMinute = dated(H24);
export const day = dated({ year: "numeric", month: "short", day: "numeric" });
export const dayAndMonth = dated({ month: "short", day: "numeric" });
/** January is told by its year. */
export const month = (seconds) => (new Date(seconds * 1000).getMonth() === 0 ? yearOf : monthOf)(seconds);
const yearOf = dated({ year: "numeric" });
const monthOf = dated({ month: "short" });
export const moment = dated({ month: "short", day: "numeric", ...H24 });
export const exactMoment = dated({ month: "short", day: "numeric", ...H24, second: "2-digit" });

/** A day in UTC, such as "2026-11-24". It is not a moment, so the browser's time zone must not change it. */
export const dayInUtc = (date) => intl(Intl.DateTimeFormat, DAY_IN_UTC).format(new Date(date));
const DAY_IN_UTC = { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" };

/** A weekday's short name; 0 is Monday. */
export const weekday = (day) => intl(Intl.DateTimeFormat, WEEKDAY).format(new Date(Date.UTC(2024, 0, 1 + day)));
const WEEKDAY = { weekday: "short", timeZone: "UTC" };

// Some of these change the direction of the text after them, even outside of their own text; others are invisible.
const MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A stranger's text, with control characters made visible and marks that change the direction of text removed. */
export function plain(text) {
  return String(text ?? "")
    .replace(MARKS, "")
    .replace(CONTROLS, (one) => (one < " " ? String.fromCharCode(0x2400 + one.charCodeAt(0)) : "\ufffd"));
}

/** A text with a capital first letter, in scripts that have capitals. */
export const capital = (text) => text.charAt(0).toLocaleUpperCase(currentLanguage()) + text.slice(1);

// Most texts need no change, and a page shows thousands of them.
const IS_LABEL = /^[!-~]+(?: [!-~]+)*$/;

/** A stranger's text on one line, and never empty. */
export function label(text, otherwise = "–") {
  if (typeof text === "string" && IS_LABEL.test(text)) return text;
  return plain(text).replace(/\s+/g, " ").trim() || otherwise;
}

/** Shortens a text: texts that are longer than any screen take long to lay out. */
export const cut = (text, most = 300) => (text.length > most ? `${text.slice(0, most)}…` : text);
