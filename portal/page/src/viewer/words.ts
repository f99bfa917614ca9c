// The viewer's words. `{...}` is filled in.

export interface ViewerWords {
  series: string;
  image: string; // "{n}", "{total}"
  imageAndFrame: string; // "{image}", "{frame}", "{frames}"
  imageCount: string; // "{n}"
  oneImage: string;
  reportInDownload: string;
  noDescription: string;
  notForDiagnosis: string;
  surface: string;
  tools: string;
  scrollMode: string;
  windowMode: string;
  moveMode: string;
  modeHints: { scroll: string; window: string; move: string };
  window: string;
  presets: { stored: string; full: string; soft: string; lung: string; bone: string; brain: string; own: string };
  windowValues: string; // "{center}", "{width}"
  zoomIn: string;
  zoomOut: string;
  fit: string;
  actualSize: string;
  reset: string;
  previous: string;
  next: string;
  position: string;
  loading: string;
  faults: { damaged: string; unsupported: string; tooLarge: string; noPixels: string; failed: string };
  keys: string;
  keyList: { keys: string; what: string }[];
}

export const en: ViewerWords = {
  series: "Series",
  image: "Image {n} of {total}",
  imageAndFrame: "Image {image}, frame {frame} of {frames}",
  imageCount: "{n} images",
  oneImage: "1 image",
  reportInDownload: "Report, not shown here; it is in the download",
  noDescription: "No description",
  notForDiagnosis: "Not for diagnosis",
  surface: "Image. Arrow keys change the image, plus and minus the size.",
  tools: "Tools",
  scrollMode: "Scroll",
  windowMode: "Window",
  moveMode: "Move",
  modeHints: {
    scroll: "Drag up or down to go through the images",
    window: "Drag to change brightness (up and down) and contrast (left and right)",
    move: "Drag to move the image; a click centres it there",
  },
  window: "Window",
  presets: { stored: "As stored", full: "Full range", soft: "Soft tissue", lung: "Lung", bone: "Bone", brain: "Brain", own: "Own setting" },
  windowValues: "C {center}  W {width}",
  zoomIn: "Larger",
  zoomOut: "Smaller",
  fit: "Fit",
  actualSize: "1:1",
  reset: "Reset",
  previous: "Previous image",
  next: "Next image",
  position: "Image number",
  loading: "Loading",
  faults: {
    damaged: "This image is damaged and cannot be shown. The other images are not affected.",
    unsupported: "This image is of a kind that cannot be shown here. It is in the download.",
    tooLarge: "This image is too large to be shown here. It is in the download.",
    noPixels: "This image has no pixels to show. It is in the download.",
    failed: "This image could not be opened just now. Go to another one and back to try again.",
  },
  keys: "Keys",
  keyList: [
    { keys: "Arrow keys", what: "previous, next image" },
    { keys: "Page Up, Page Down", what: "ten images" },
    { keys: "Home, End", what: "first, last image" },
    { keys: "+ −", what: "larger, smaller" },
    { keys: "0, 1", what: "fit, one to one" },
    { keys: "Shift + arrow keys", what: "move" },
    { keys: "W, Shift + W", what: "window wider, narrower" },
    { keys: "C, Shift + C", what: "window's centre higher, lower" },
    { keys: "R", what: "reset" },
  ],
};

export const de: ViewerWords = {
  series: "Serien",
  image: "Bild {n} von {total}",
  imageAndFrame: "Bild {image}, Einzelbild {frame} von {frames}",
  imageCount: "{n} Bilder",
  oneImage: "1 Bild",
  reportInDownload: "Bericht, wird hier nicht gezeigt; er liegt im Download",
  noDescription: "Ohne Beschreibung",
  notForDiagnosis: "Nicht zur Befundung",
  surface: "Bild. Pfeiltasten wechseln das Bild, Plus und Minus die Größe.",
  tools: "Werkzeuge",
  scrollMode: "Blättern",
  windowMode: "Fenster",
  moveMode: "Verschieben",
  modeHints: {
    scroll: "Nach oben oder unten ziehen, um durch die Bilder zu blättern",
    window: "Ziehen ändert Helligkeit (auf und ab) und Kontrast (links und rechts)",
    move: "Ziehen verschiebt das Bild; ein Klick rückt die Stelle in die Mitte",
  },
  window: "Fenster",
  presets: {
    stored: "Wie gespeichert",
    full: "Ganzer Bereich",
    soft: "Weichteile",
    lung: "Lunge",
    bone: "Knochen",
    brain: "Gehirn",
    own: "Eigene Einstellung",
  },
  windowValues: "C {center}  W {width}",
  zoomIn: "Größer",
  zoomOut: "Kleiner",
  fit: "Einpassen",
  actualSize: "1:1",
  reset: "Zurücksetzen",
  previous: "Voriges Bild",
  next: "Nächstes Bild",
  position: "Bildnummer",
  loading: "Lädt",
  faults: {
    damaged: "Dieses Bild ist beschädigt und kann nicht gezeigt werden. Die anderen Bilder sind davon nicht betroffen.",
    unsupported: "Bilder dieser Art können hier nicht gezeigt werden. Es liegt im Download.",
    tooLarge: "Dieses Bild ist zu groß, um hier gezeigt zu werden. Es liegt im Download.",
    noPixels: "Dieses Bild enthält keine Bildpunkte. Es liegt im Download.",
    failed: "Dieses Bild ließ sich gerade nicht öffnen. Blättern Sie weiter und zurück, um es noch einmal zu versuchen.",
  },
  keys: "Tasten",
  keyList: [
    { keys: "Pfeiltasten", what: "voriges, nächstes Bild" },
    { keys: "Bild auf, Bild ab", what: "zehn Bilder" },
    { keys: "Pos1, Ende", what: "erstes, letztes Bild" },
    { keys: "+ −", what: "größer, kleiner" },
    { keys: "0, 1", what: "einpassen, eins zu eins" },
    { keys: "Umschalt + Pfeiltasten", what: "verschieben" },
    { keys: "W, Umschalt + W", what: "Fenster breiter, schmaler" },
    { keys: "C, Umschalt + C", what: "Fenstermitte höher, tiefer" },
    { keys: "R", what: "zurücksetzen" },
  ],
};

/** `text` with each `{name}` replaced by its value. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
