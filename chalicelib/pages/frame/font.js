// The pages' own font, for Latin letters and figures. It is loaded after the page is drawn, and moves nothing.

export async function loadFont() {
  try {
    const { GEIST } = await import("../vendor/geist.js");
    const bytes = Uint8Array.from(atob(GEIST), (letter) => letter.charCodeAt(0));
    const font = new FontFace("Geist Nezha", bytes, { weight: "400 700" });
    document.fonts.add(await font.load());
  } catch {
    // The system's own font is used instead.
  }
}
