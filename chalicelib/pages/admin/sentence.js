// A rule in a sentence: "CPU above 90% for 5 min, all servers except nas-02".
import { capital, duration, label } from "../text/format.js";
import { t } from "../text/strings.js";
import { OF_MONITORS_ALONE, TYPES, isOfMonitors, scaleOf } from "./condition_types.js";

const NAMES = 3;
const WITHIN = { certificate: "certificateWithin", expiry: "expiryWithin" };

/** names: {server(id), monitor(id)}. */
export function ruleText(rule, names) {
  const { conditions } = rule;
  const text = t(rule.duration > 0 ? "ruleSentence" : "ruleSentenceAtOnce", {
    conditions: conditions.map((one) => conditionText(one, names)).join(" · "),
    time: duration(rule.duration),
    where: whereText(rule, names),
  });
  return capital(text);
}

/** "CPU above 90%" */
function conditionText({ type, above, below, monitors = [] }, names) {
  if (type in WITHIN) return t(WITHIN[type], { count: below });
  const { show } = scaleOf(type);
  const limits = [
    above !== undefined && t("limitAbove", { value: show(above) }),
    below !== undefined && t("limitBelow", { value: show(below) }),
  ].filter(Boolean);
  const limit = limits.length > 1 ? t("eitherOf", { one: limits[0], other: limits[1] }) : limits[0];
  const name = TYPES[type] ? t(TYPES[type]) : label(type);
  const words = limit ? t("conditionLimit", { name, limit }) : name;
  if (!monitors.length || !isOfMonitors(type) || OF_MONITORS_ALONE.includes(type)) return words;
  return t("conditionTo", { condition: words, names: some(monitors.map(names.monitor)) });
}

function whereText({ conditions, cover, servers, tags }, names) {
  if (conditions.every(({ type }) => OF_MONITORS_ALONE.includes(type))) {
    const chosen = [...new Set(conditions.flatMap(({ monitors = [] }) => monitors))];
    return chosen.length ? some(chosen.map(names.monitor)) : t("whereAllMonitors");
  }
  const named = some([...servers.map(names.server), ...tags.map((tag) => t("tagNamed", { tag: label(tag) }))]);
  if (cover === "only") return named;
  return named ? t("whereAllBut", { names: named }) : t("whereAll");
}

/** The first few words, and how many more there are. between: the separator. */
export function some(words, { most = NAMES, between = ", " } = {}) {
  const shown = words.slice(0, most).join(between);
  return words.length > most ? `${shown} ${t("plusMore", { count: words.length - most })}` : shown;
}
