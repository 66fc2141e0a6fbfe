// Converts rules between the editor and the dashboard, and checks them.
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

/** A new rule notifies all channels except those that only expect a heartbeat. */
export const newRule = (channels) => ({ ...NEW, channels: channels.filter(({ heartbeat }) => !heartbeat).map(({ id }) => id) });

/** The values in the editor. `enabled` is not one of them, because a switch changes it at once. */
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

/** The body of a request. before: until when the stored rule is muted, in Unix seconds. */
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
