// Who was notified of an event, for signed-in people: guests get events without their messages.
import { useMemo } from "../base/html.js";
import { useOptional } from "../base/optional.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";

const SECONDS = 600;

/** The names of channels by ID; requested only if a message about one of these events was sent. */
export function useChannels(data, events) {
  const told = data.signedIn && events.some((one) => one.deliveries?.length);
  const channels = useOptional(told ? "api/channel" : null, SECONDS);
  return useMemo(() => new Map((channels ?? []).map(({ id, name }) => [id, label(name)])), [channels]);
}

/** "notified Telegram, Mail": the channels that got a message about this event; "" if none did. */
export function notified({ deliveries = [] }, channels) {
  const ids = new Set(deliveries.filter((one) => one.delivered).map((one) => one.channel_id));
  const names = [...ids].map((id) => channels.get(id)).filter(Boolean);
  return names.length ? t("notified", { names: names.join(", ") }) : "";
}
