// Types of conditions with their limits and units, and conversions between forms and the dashboard.
import { bytes, milliseconds, number, speed } from "../text/format.js";
import { t } from "../text/strings.js";
import { coverShown, coverStored } from "./cover.js";
import { durationErrors, durationOf, durationShown } from "./duration.js";

export const TYPES = {
  offline: "condition_offline",
  cpu: "condition_cpu",
  gpu: "condition_gpu",
  memory: "condition_memory",
  swap: "condition_swap",
  disk: "condition_disk",
  load1: "condition_load1",
  load5: "condition_load5",
  load15: "condition_load15",
  net_in: "condition_net_in",
  net_out: "condition_net_out",
  net_all: "condition_net_all",
  tcp: "condition_tcp",
  udp: "condition_udp",
  processes: "condition_processes",
  temperature: "condition_temperature",
  transfer_in: "condition_transfer_in",
  transfer_out: "condition_transfer_out",
  transfer_all: "condition_transfer_all",
  cycle_in: "condition_cycle_in",
  cycle_out: "condition_cycle_out",
  cycle_all: "condition_cycle_all",
  loss: "condition_loss",
  latency: "condition_latency",
  down: "condition_down",
  certificate: "condition_certificate",
  expiry: "condition_expiry",
};
const WITHOUT_LIMITS = ["offline", "down"];
export const BELOW_ONLY = ["certificate", "expiry"];
export const OF_MONITORS_ALONE = ["down", "certificate"]; // not about servers

/** Types of conditions on monitors, and which monitors each can watch. */
export const WATCHED = {
  loss: () => true,
  latency: () => true,
  down: () => true,
  certificate: ({ type, target }) => type === "http" && target.startsWith("https:"),
};
export const isOfMonitors = (type) => type in WATCHED;

const MB = { size: 2 ** 20, words: () => t("perSecond", { amount: "MB" }), show: speed };
const GB = { size: 2 ** 30, words: () => "GB", show: bytes };
/** A number with one decimal, or none if it is whole. */
const short = (value) => number(value, Number.isInteger(value) ? 0 : 1);
const PERCENT = { size: 1, words: () => "%", show: (value) => t("percent", { value: short(value) }) };
const DAYS = { size: 1, words: () => t("unitDays"), show: (value) => t("daysLong", { count: value }) };
const PLAIN = { size: 1, words: () => "", show: (value) => number(value, Number.isInteger(value) ? 0 : 2) };
const SCALES = {
  ...Object.fromEntries(["cpu", "gpu", "memory", "swap", "disk", "loss"].map((type) => [type, PERCENT])),
  ...Object.fromEntries(["net_in", "net_out", "net_all"].map((type) => [type, MB])),
  ...Object.fromEntries(["transfer", "cycle"].flatMap((kind) => ["in", "out", "all"].map((way) => [`${kind}_${way}`, GB]))),
  ...Object.fromEntries(BELOW_ONLY.map((type) => [type, DAYS])),
  latency: { size: 1, words: () => "ms", show: milliseconds },
  temperature: { size: 1, words: () => "°C", show: (value) => `${short(value)} °C` },
};

/** {size, words(), show(value)}: the unit in which limits of a type are entered, its name, and a value with its unit. */
export const scaleOf = (type) => SCALES[type] ?? PLAIN;

/** The limits that a type may have. */
export const limitsOf = (type) => (WITHOUT_LIMITS.includes(type) ? [] : BELOW_ONLY.includes(type) ? ["below"] : ["above", "below"]);

/** The limits that a form shows for a condition: both if `compare` is "either". */
export const limitsIn = ({ type, compare }) => limitsOf(type).filter((name) => BELOW_ONLY.includes(type) || compare === "either" || compare === name);

export const hasCycle = (type) => type.startsWith("cycle_");

export const NEW_CONDITION = {
  type: "cpu",
  compare: "above",
  above: "",
  below: "",
  ...durationShown(undefined),
  cover: "all",
  servers: [],
  monitors: [],
  cycle: null,
};
export const NEW_CYCLE = { start: "2026-01-01T00:00", interval: "1", unit: "month" };

/** A condition's values in a form. */
export function conditionShown(one) {
  const { size } = scaleOf(one.type);
  const text = (value) => (value === undefined ? "" : String(value / size));
  return {
    ...NEW_CONDITION,
    ...one,
    compare: one.below === undefined ? "above" : one.above === undefined ? "below" : "either",
    above: text(one.above),
    below: text(one.below),
    ...durationShown(one.duration),
    cover: coverShown(one),
    cycle: one.cycle ? { ...one.cycle, interval: String(one.cycle.interval) } : null,
  };
}

/** A condition in the body of a request, with only the fields that its type has. */
export function conditionBody(one) {
  const { type, cover, servers, monitors, cycle } = one;
  const entered = limitsIn(one).filter((name) => one[name].trim());
  const named = cover !== "all" && !OF_MONITORS_ALONE.includes(type);
  return {
    type,
    ...Object.fromEntries(entered.map((name) => [name, amount(one[name]) * scaleOf(type).size])),
    ...(one.duration.trim() ? { duration: durationOf(one) } : {}),
    ...(named ? { cover: coverStored(cover), servers } : {}),
    ...(isOfMonitors(type) && monitors.length ? { monitors } : {}),
    ...(hasCycle(type) && cycle ? { cycle: { ...cycle, interval: Number(cycle.interval) } } : {}),
  };
}

/** Errors by field, under the names that the dashboard uses, such as "conditions[0].above". */
export function conditionErrors(one, place) {
  const { type, cover, servers, cycle } = one;
  const limits = limitsIn(one);
  const wrong = limits.find((name) => !Number.isFinite(amount(one[name])));
  const missing = limits.find((name) => !one[name].trim());
  const field = (name) => `conditions[${place}].${name}`;
  const ofCycle = hasCycle(type) && cycle;
  return {
    ...(wrong ? { [field(wrong)]: t("error_not_a_number") } : {}),
    ...(missing ? { [field(missing)]: t("limitMissing") } : {}),
    ...durationErrors(one, field("duration"), { optional: true }),
    ...(cover === "only" && !servers.length && !OF_MONITORS_ALONE.includes(type) ? { [field("servers")]: t("chooseOne") } : {}),
    ...(ofCycle && !/T\d\d:00$/.test(cycle.start) ? { [field("cycle.start")]: t("error_not_a_whole_hour") } : {}),
    ...(ofCycle && !/^[1-9]\d{0,3}$/.test(cycle.interval.trim()) ? { [field("cycle.interval")]: t("wholeNumber") } : {}),
  };
}

const amount = (text) => Number(text.trim().replace(",", "."));
