// The charts that a page shows, for a picture of all of them.
const shown = new Map(); // in the order in which they were first shown

/** Makes a chart part of the picture while it is shown. Returns a function that removes it again. */
export function publish(spec) {
  shown.set(spec.id, spec);
  return () => shown.get(spec.id) === spec && shown.delete(spec.id);
}

export const published = () => [...shown.values()];
