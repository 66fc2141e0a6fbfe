// Figures and strangers' texts as people read them.
import { t } from "./strings.js";

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

/** 1536 → "1.5 KB": powers of 1024, three digits. */
export function bytes(count) {
  let value = Math.max(0, Number(count) || 0);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${digits(value, unit)} ${UNITS[unit]}`;
}

function digits(value, unit) {
  if (unit === 0 || value >= 99.95) return String(Math.round(value));
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

/** "10.6 / 16 GB": both in the unit of the larger. */
export function bytesOf(used, total) {
  const [whole, unit] = bytes(total).split(" ");
  const factor = 1024 ** UNITS.indexOf(unit);
  const part = Math.max(0, Number(used) || 0) / factor;
  return `${digits(Math.min(part, 9999), UNITS.indexOf(unit))} / ${whole.replace(/\.0+$/, "")} ${unit}`;
}

export const speed = (count) => `${bytes(count)}/s`;

export const share = (used, total) => (total > 0 ? Math.min(100, Math.max(0, (100 * used) / total)) : 0);

export function percent(value) {
  const bounded = Math.min(9999, Math.max(0, Number(value) || 0));
  return bounded >= 99.95 ? `${Math.round(bounded)}%` : `${bounded.toFixed(1)}%`;
}

export function load(value) {
  const bounded = Math.max(0, Number(value) || 0);
  if (bounded < 100) return bounded.toFixed(2);
  return bounded < 10_000 ? String(Math.round(bounded)) : "9999+";
}

export const count = (value) => (value < 1e9 ? Math.round(value).toLocaleString("en") : "10⁹+");

/** The two largest units: "3 d 4 h". */
export function duration(seconds) {
  const s = Math.max(0, Math.floor(Number(seconds) || 0));
  const days = Math.floor(s / 86_400);
  if (days > 36_500) return t("over100years");
  const [h, m] = [Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (days >= 10) return t("days", { days });
  if (days > 0) return `${t("days", { days })} ${t("hours", { hours: h })}`;
  if (h > 0) return `${t("hours", { hours: h })} ${t("minutes", { minutes: m })}`;
  return m > 0 ? t("minutes", { minutes: m }) : t("seconds", { seconds: s });
}

export const ago = (seconds) => t("ago", { time: duration(seconds) });

const two = (value) => String(value).padStart(2, "0");

/** In the reader's own time zone. */
export function clock(seconds) {
  const date = new Date(seconds * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function day(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "–" : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function moment(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "–" : `${day(seconds)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

// Marks that turn the direction of what follows would reach out of their own text; others are invisible.
const MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A stranger's text: control characters become visible, marks of direction go. */
export function plain(text) {
  return String(text ?? "")
    .replace(MARKS, "")
    .replace(CONTROLS, (one) => (one < " " ? String.fromCharCode(0x2400 + one.charCodeAt(0)) : "\ufffd"));
}

/** On one line, and never empty. */
export const label = (text, otherwise = "–") => plain(text).replace(/\s+/g, " ").trim() || otherwise;

/** Longer texts than any screen needs cost time to lay out. */
export const cut = (text, most = 300) => (text.length > most ? `${text.slice(0, most)}…` : text);
