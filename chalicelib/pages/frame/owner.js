// The owner's footer at the bottom of every page. Fetched only if there is one.
import { html } from "../base/html.js";
import { label, plain } from "../text/format.js";

const LINK = /\[([^\]\n]{1,200})\]\((https?:\/\/[^\s()]+)\)/;

/** Text in which [words](URL) is a link. */
export function OwnersWords({ text }) {
  const [first, ...rest] = text.split(LINK);
  const parts = [plain(first)];
  for (let at = 0; at < rest.length; at += 3) {
    const [words, url, after] = rest.slice(at, at + 3);
    parts.push(html`<a href=${url} rel="noopener noreferrer" target="_blank">${label(words)}</a>`, plain(after));
  }
  return html`<p class="own"><bdi>${parts}</bdi></p>`;
}
