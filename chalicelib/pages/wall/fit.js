// How many tiles are side by side on a wall, and how large they are.

/** The kinds of tiles. width, height: in units. least: the smallest unit, in pixels, at which a tile is readable. */
const TILES = [
  { kind: "full", width: 17.8, height: 11.9, least: 16 },
  { kind: "dense", width: 13.4, height: 8.6, least: 11 },
  { kind: "tiny", width: 10.5, height: 5.2, least: 9 },
];

/**
 * {kind, columns, rows, unit} for `count` tiles on a screen of `width` and `height` pixels; null if even the smallest kind
 * would be unreadable. scale: how much larger than usual this screen's figures are.
 */
export function fit(count, width, height, scale) {
  for (const tile of TILES) {
    const best = largest(count, width, height, tile);
    if (best.unit >= tile.least * scale) return { kind: tile.kind, ...best };
  }
  return null;
}

/** The layout with the largest unit, reduced by the share of places that stay empty. */
function largest(count, width, height, tile) {
  let best = { unit: 0, score: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const unit = Math.min(width / (columns * tile.width), height / (rows * tile.height + 1.5));
    const score = unit * (count / (columns * rows));
    if (score > best.score) best = { columns, rows, unit, score };
  }
  return best;
}
