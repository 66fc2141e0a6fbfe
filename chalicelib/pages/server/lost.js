// The notice on an offline server's page: how long it has been offline, its last report, and a way to mute it.
import { html, useState } from "../base/html.js";
import { fetched } from "../base/later.js";
import { Dot } from "../figures/marks.js";
import { Icon } from "../frame/icons.js";
import { duration, exactMoment, moment } from "../text/format.js";
import { t } from "../text/strings.js";

/** charts: whether the page shows any. onMute(): opens the dialog for that. */
export function LostBand({ server, data, charts, onMute }) {
  const muted = data.signedIn && server.muted_until > data.now;
  return html`<div class="lostband">
    <${Dot} state="offline" />
    <div>
      <b>${t("noReportsFor", { time: duration(server.silence) })}</b>
      <p>${t(charts ? "lastKnownCharts" : "lastKnownFigures", { last: t("lastReport", { time: exactMoment(server.last_active) }) })}</p>
      ${muted && html`<p>${t("alertsMuted", { time: moment(server.muted_until) })}</p>`}
    </div>
    ${data.signedIn &&
    html`<button class="button" type="button" aria-haspopup="dialog" onClick=${onMute}><${Icon} name="mute" />${t("muteAlerts")}</button>`}
  </div>`;
}

const left = new Map(); // the component of the dialog, by the ID of each server whose dialog is open

/**
 * The dialog that mutes a server. It stays until somebody saves or cancels it: when the server reports again, when the
 * session expires, and when the person returns from another page. onChange(): called after the server was muted or
 * unmuted. Returns the dialog, or null, and a function that opens it.
 */
export function useMuting(server, onChange) {
  const [Form, setForm] = useState(() => left.get(server.id) ?? null);

  function put(View) {
    if (View) left.set(server.id, View);
    else left.delete(server.id);
    setForm(() => View);
  }

  async function show() {
    const View = await fetched(async () => (await import("../admin/mute_server.js")).dialog());
    if (View) put(View);
  }

  function saved() {
    put(null);
    onChange();
  }

  return [Form && html`<${Form} server=${server} onSaved=${saved} onClose=${() => put(null)} />`, show];
}
