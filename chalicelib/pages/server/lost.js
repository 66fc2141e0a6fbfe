// The notice on an offline server's page: how long it has been offline, its last report, and a way to mute it.
import { html, useState } from "../base/html.js";
import { fetched } from "../base/later.js";
import { Dot } from "../figures/marks.js";
import { Icon } from "../frame/icons.js";
import { duration, exactMoment, moment } from "../text/format.js";
import { t } from "../text/strings.js";

/** charts: whether the page shows any. onChange(): called when the server was muted or unmuted. */
export function LostBand({ server, data, charts, onChange }) {
  const muted = data.signedIn && server.muted_until > data.now;
  return html`<div class="lostband">
    <${Dot} state="offline" />
    <div>
      <b>${t("noReportsFor", { time: duration(server.silence) })}</b>
      <p>${t("lastReport", { time: exactMoment(server.last_active) })}. ${t(charts ? "lastKnownCharts" : "lastKnownFigures")}</p>
      ${muted && html`<p>${t("alertsMuted", { time: moment(server.muted_until) })}</p>`}
    </div>
    ${data.signedIn && html`<${Mute} server=${server} onChange=${onChange} />`}
  </div>`;
}

function Mute({ server, onChange }) {
  const [Form, setForm] = useState(null);
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);

  async function show() {
    const View = await fetched(async () => (await import("../admin/mute_server.js")).dialog());
    if (!View) return;
    setForm(() => View);
    setOpen(true);
  }

  function saved() {
    close();
    onChange();
  }

  return html`
    <button class="button" type="button" aria-haspopup="dialog" onClick=${show}><${Icon} name="mute" />${t("muteAlerts")}</button>
    ${open && html`<${Form} server=${server} onSaved=${saved} onClose=${close} />`}
  `;
}
