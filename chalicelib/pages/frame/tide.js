// The bars of the mark as a tide, with a place for the first server.
import { html } from "../base/html.js";

const BARS = 12;
const FREE = 6; // the place for the first server

export const Tide = () => html`<div class="tide" aria-hidden="true">
  ${Array.from({ length: BARS }, (_, place) => html`<i key=${place} class=${place === FREE ? "me" : ""}></i>`)}
</div>`;
