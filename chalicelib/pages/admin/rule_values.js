// A rule as the editor has it, as the dashboard takes it, and what is wrong with it.
import { needed } from "../frame/form.js";
import { t } from "../text/strings.js";
import { NEW_CONDITION, conditionBody, conditionErrors, conditionShown } from "./condition_types.js";
import { coverShown, coverStored } from "./cover.js";
import { durationErrors, durationOf, durationShown } from "./duration.js";
import { NOT_MUTED, muteErrors, muteShown, mutedUntil } from "./mute.js";

const NEW = {
  name: "",
  enabled: true,
  conditions: [{ ...NEW_CONDITION, type: "offline" }],
  ...durationShown(120),
  cover: "all",
  servers: [],
  tags: [],
  remind: "0",
  recovery: true,
  ...NOT_MUTED,
};

/** Those that a new rule tells: all but services that only wait for a heartbeat. */
export const newRule = (channels) => ({ ...NEW, channels: channels.filter(({ heartbeat }) => !heartbeat).map(({ id }) => id) });

/** Whether it is enabled is no value of the editor: a switch changes that at once. */
export function ruleShown(rule) {
  const { name, conditions, duration, servers, tags, channels, remind, recovery } = rule;
  return {
    name,
    conditions: conditions.map(conditionShown),
    ...durationShown(duration),
    cover: coverShown(rule),
    servers,
    tags,
    channels,
    remind: String(remind),
    recovery,
    ...muteShown(rule.muted_until),
  };
}

/** before: when the stored rule is muted until. */
export function ruleBody(values, before = 0) {
  const { name, enabled, conditions, cover, servers, tags, channels, remind, recovery } = values;
  return {
    name,
    enabled,
    conditions: conditions.map(conditionBody),
    duration: durationOf(values),
    cover: coverStored(cover),
    servers: cover === "all" ? [] : servers,
    tags: cover === "all" ? [] : tags,
    channels,
    remind: Number(remind),
    recovery,
    ...mutedUntil(values, before),
  };
}

export function ruleErrors(values) {
  const { name, conditions, cover, servers, tags } = values;
  return {
    name: needed(name),
    ...Object.assign({}, ...conditions.map(conditionErrors)),
    ...durationErrors(values, "duration"),
    servers: cover === "only" && !servers.length && !tags.length ? t("chooseServerOrTag") : undefined,
    ...muteErrors(values),
  };
}
