// The channels that a rule notifies, each with the outcome of its newest message, and a test.
import { html, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { Icon } from "../frame/icons.js";
import { explained } from "../text/errors.js";
import { hourAndMinute, label, moment } from "../text/format.js";
import { t } from "../text/strings.js";

const DAY = 86_400;

/** events: their deliveries have the outcome of each channel's newest message. */
export function Notify({ form, channels, events }) {
  const chosen = form.values.channels;
  const toggle = (id, on) => form.set("channels", on ? [...chosen, id] : chosen.filter((one) => one !== id));
  return html`<fieldset class="field">
    <legend>${t("tell")}</legend>
    ${channels.length === 0 && html`<p class="hint">${t("noChannelsToTell")}</p>`}
    <div class="picker">
      ${channels.map(
        (channel) => html`<${Channel} key=${channel.id} channel=${channel} on=${chosen.includes(channel.id)} last=${newest(events, channel.id)} onToggle=${toggle} />`,
      )}
    </div>
    <p class="error" role="alert">${form.errors.channels}</p>
  </fieldset>`;
}

function Channel({ channel, on, last, onToggle }) {
  const [tried, setTried] = useState(null); // {delivered, error, at}
  const [busy, setBusy] = useState(false);
  const name = label(channel.name);
  async function test() {
    setBusy(true);
    const at = () => Date.now() / 1000;
    try {
      setTried({ at: at(), ...(await send("POST", `api/channel/${channel.id}/test`)) });
    } catch (error) {
      setTried({ delivered: false, error: explained(error), at: at() });
    }
    setBusy(false);
  }
  const words = t(busy ? "testing" : "sendTest");
  return html`<div class=${`channel ${on ? "on" : ""}`}>
    <label>
      <input type="checkbox" checked=${on} onChange=${(event) => onToggle(channel.id, event.target.checked)} />
      <span class="glyph"><${Icon} name=${glyphOf(channel)} /></span>
      <span class="who"><b><bdi>${name}</bdi></b><small><bdi>${label(channel.url)}</bdi></small></span>
    </label>
    <button class="button mini" type="button" disabled=${busy} aria-label=${`${words}: ${name}`} onClick=${test}>${words}</button>
    <p class="result" role="status"><${Result} ...${tried ?? last ?? {}} /></p>
  </div>`;
}

function Result({ delivered, error, at }) {
  if (delivered) return html`<span class="good"><${Icon} name="check" />${t("deliveredAt", { time: momentOf(at) })}</span>`;
  return error ? html`<span class="bad"><${Icon} name="alert" /><bdi>${t("notDelivered", { why: label(error) })}</bdi></span>` : null;
}

const momentOf = (at) => (Date.now() / 1000 - at < DAY ? hourAndMinute(at) : moment(at));

function newest(events, id) {
  const deliveries = events.flatMap((event) => event.deliveries).filter((one) => one.channel_id === id && (one.delivered || one.error));
  return deliveries.reduce((found, one) => (found && found.at >= one.at ? found : one), null);
}

/** The icon of a channel, by the scheme of its URL. */
export function glyphOf({ kind, url }) {
  if (kind === "webhook") return "link";
  return url.startsWith("mailto") ? "mail" : "send";
}
