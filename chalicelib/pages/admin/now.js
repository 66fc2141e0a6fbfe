// The servers that currently meet the conditions in an editor, updated while somebody types.
import { html, useMemo } from "../base/html.js";
import { useOptional } from "../base/optional.js";
import { Spark } from "../figures/sparks.js";
import { Icon } from "../frame/icons.js";
import { duration } from "../text/format.js";
import { t } from "../text/strings.js";
import { scaleOf } from "./condition_types.js";
import { matching } from "./matches.js";
import { ruleBody } from "./rule_values.js";
import { some } from "./sentence.js";

/** values: the editor's. events: the open ones of this rule. */
export function Now({ values, servers, now, events }) {
  const body = useMemo(() => ruleBody(values), [values]);
  const match = useMemo(() => matching(body, servers, now), [body, servers, now]);
  if (!match) return null;
  const { watched, found } = match;
  const since = new Map(events.map((event) => [event.server_id, event.began]));
  const named = found.map((one) => describe(one, body.conditions[0], since.get(one.server.id), now));
  return html`<div class=${`now ${found.length ? "hit" : ""}`}>
    <${Icon} name=${found.length ? "alert" : "check"} />
    <span>
      <b>${t(found.length ? "matchesNow" : "matchesNone", { count: found.length, servers: t("serversAll", { count: watched }) })}</b>
      ${found.length > 0 && html`${" "}<bdi>${some(named, { between: " · " })}</bdi>`}
    </span>
    ${found.length > 0 && body.conditions[0].type === "cpu" && html`<${Curve} id=${found[0].server.id} />`}
  </div>`;
}

/** "lax-01, 97.6% for 25 min" */
function describe({ server, value }, { type }, began, now) {
  const silent = type === "offline" ? duration(server.silence) : "";
  const shown = value === null ? silent : scaleOf(type).show(value);
  const lasting = began && !silent ? t("lasting", { value: shown, time: duration(now - began) }) : shown;
  return [server.label, lasting].filter(Boolean).join(", ");
}

function Curve({ id }) {
  const spark = useOptional("api/spark", 300);
  const line = spark?.servers.find((one) => one.id === id);
  return line ? html`<${Spark} values=${line.cpu} color="warn-fill" />` : null;
}
