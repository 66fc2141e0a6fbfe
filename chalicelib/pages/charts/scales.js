// Axes: their ranges and labels.
import { bytesIn, dayAndMonth, hourAndMinute, month, number } from "../text/format.js";
import { t } from "../text/strings.js";

/** The scale for percentages. */
export const PERCENT = { low: 0, high: 100, ticks: [0, 50, 100], text: (value) => t("percent", { value: number(value) }) };

/** A scale from 0 to a total, in bytes. */
export function ofWhole(total) {
  const unit = bytesIn(total)[1];
  const text = (value) => (value ? `${bytesIn(value, unit)[0].replace(/[.,]0+$/, "")} ${unit}` : "0");
  return { low: 0, high: total || 1, ticks: [0, (total || 1) / 2, total || 1], text };
}

/** A scale from 0, or a little below the lowest value, to a round number above the highest. suffix: such as " °C". */
export function upTo(most, { least = 0, suffix = "", fewest = 1 } = {}) {
  const low = least > 20 ? Math.floor((least - 5) / 10) * 10 : 0;
  const step = round(Math.max(fewest, (most ?? 0) * 1.05 - low) / 2);
  return { low, high: low + 2 * step, ticks: [low, low + step, low + 2 * step], text: (value) => `${plainNumber(value)}${suffix}` };
}

/** A scale with received bytes above zero and sent bytes below it, in bytes per second. */
export function mirrored(received, sent) {
  const most = Math.max(received ?? 0, sent ?? 0, 1024);
  const factor = 1024 ** Math.max(0, Math.floor(Math.log(most) / Math.log(1024)));
  const step = round(most / factor / 2.2) * factor;
  // A value may be a little above the last line, as long as it is still inside the chart.
  const lines = (value) => Math.max(1, Math.ceil((value ?? 0) / step - 0.15));
  const [above, below] = [lines(received), lines(sent)];
  const ticks = Array.from({ length: above + below + 1 }, (_, index) => (index - below) * step);
  const unit = bytesIn(factor)[1];
  const top = ticks.at(-1);
  const text = (value) => {
    if (!value) return "0";
    const amount = plainNumber(Math.abs(value) / factor);
    return value === top ? t("perSecond", { amount: `${amount} ${unit}` }) : amount;
  };
  return { low: -Math.max(below * step, sent ?? 0) * 1.03, high: Math.max(above * step, received ?? 0) * 1.03, zero: 0, ticks, text };
}

const LOGARITHMIC = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

/** A scale for values of very different sizes. */
export function logarithmic(least, most) {
  const low = LOGARITHMIC.findLast((one) => one <= least * 0.95) ?? Math.max(0.01, least / 2);
  const high = Math.max(most * 1.1, low * 2);
  let ticks = LOGARITHMIC.filter((one) => one >= low && one <= high);
  while (ticks.length > 7) ticks = ticks.filter((_, index) => index % 2 === 0);
  return { low, high, log: true, ticks: ticks.length ? ticks : [low], text: plainNumber };
}

const plainNumber = (value) => number(value, Number.isInteger(value) ? 0 : value < 1 ? 2 : 1);

/** Rounds up to 1, 2, 2.5, 4 or 5 times a power of ten. */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 4, 5, 10].find((one) => one * power >= value * 0.999) ?? 10) * power;
}

/** A function that returns the height of a value as a fraction of the chart's height, 0 at the bottom. */
export function part({ low, high, log }) {
  if (!log) return (value) => (value - low) / (high - low);
  const [a, b] = [Math.log(low), Math.log(high)];
  return (value) => (Math.log(Math.max(value, low)) - a) / (b - a);
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const INTERVALS = [5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR];

/** The labels of a time axis, in the reader's time zone: [{at, text}], at most `most`. */
export function timeTicks(from, to, most) {
  const wanted = (to - from) / Math.max(1, most);
  const interval = INTERVALS.find((one) => one >= wanted);
  if (interval) return ticksWithinDays(from, to, interval);
  const days = [1, 2, 5, 7, 14].find((count) => count * DAY >= wanted);
  if (days) return ticksByDay(from, to, days);
  return ticksByMonth(from, to, Math.max(1, Math.round(wanted / (30 * DAY)))); // their names are short
}

function ticksWithinDays(from, to, interval) {
  const found = [];
  const start = new Date(from * 1000);
  start.setHours(0, 0, 0, 0);
  for (let at = start.getTime() / 1000; at <= to; at += interval) {
    if (at < from) continue;
    const date = new Date(at * 1000);
    const midnight = date.getHours() === 0 && date.getMinutes() === 0;
    found.push({ at, text: midnight && to - from > 1.5 * DAY ? dayAndMonth(at) : hourAndMinute(at) });
  }
  return found;
}

function ticksByDay(from, to, days) {
  const found = [];
  const date = new Date(from * 1000);
  date.setHours(0, 0, 0, 0);
  for (; date.getTime() / 1000 <= to; date.setDate(date.getDate() + days)) {
    const at = date.getTime() / 1000;
    if (at >= from) found.push({ at, text: dayAndMonth(at) });
  }
  return found;
}

function ticksByMonth(from, to, months) {
  const found = [];
  const start = new Date(from * 1000);
  const date = new Date(start.getFullYear(), start.getMonth() + 1, 1);
  for (; date.getTime() / 1000 <= to; date.setMonth(date.getMonth() + months)) {
    const at = date.getTime() / 1000;
    found.push({ at, text: month(at) });
  }
  return found;
}

