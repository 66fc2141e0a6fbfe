// A switch, which takes effect at once.
import { html } from "../base/html.js";

/** words: whether its label is visible. onChange(on). */
export function Switch({ label, on, words = false, onChange }) {
  const input = html`<input
    type="checkbox"
    role="switch"
    class="switch"
    checked=${on}
    aria-label=${words ? undefined : label}
    onChange=${(event) => onChange(event.target.checked)}
  />`;
  return html`<label class="switched">${input}${words && html`<span>${label}</span>`}</label>`;
}
