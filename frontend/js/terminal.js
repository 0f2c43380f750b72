// xterm.js as the terminal page needs it.
import { Terminal } from "./xterm.mjs";
import { FitAddon } from "./addon-fit.mjs";

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

// The page's colours as they are computed now: xterm.js takes no custom properties.
function theme(host) {
  const probe = host.appendChild(document.createElement("span"));
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const all = {
    background: colour("--bg-code"),
    foreground: colour("--text-1"),
    cursor: colour("--accent-solid"),
    cursorAccent: colour("--bg-code"),
    selectionBackground: colour("--accent-line"),
  };
  for (const name of COLOURS) {
    all[name] = colour(`--ansi-${name}`);
    all[`bright${name[0].toUpperCase()}${name.slice(1)}`] = colour(`--ansi-bright-${name}`);
  }
  probe.remove();
  return all;
}

// The page's policy allows no style elements, which xterm.js writes its rules into while it opens. Sheets that a script
// makes are allowed: they are given what an element that means nothing is given.
function withSheets(work) {
  const create = document.createElement;
  const sheets = [];
  document.createElement = function (name, ...rest) {
    if (name !== "style") return create.call(this, name, ...rest);
    const element = create.call(this, "template");
    const sheet = new CSSStyleSheet();
    sheets.push(sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    Object.defineProperty(element, "textContent", { set: (rules) => sheet.replaceSync(rules), get: () => "" });
    return element;
  };
  try {
    work();
  } finally {
    delete document.createElement;
  }
  return sheets;
}

// Of several tabs that show a terminal one answers what its programs ask: the one that has, or had, the focus last.
const FRONT = "terminal-front";
const own = `${Date.now()}-${Math.random()}`;
const stored = (act) => {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
};
const claim = () => stored((storage) => storage.setItem(FRONT, own));
addEventListener("focus", claim);
if (document.hasFocus()) claim();

function isInFront() {
  return document.hasFocus() || (!document.hidden && stored((storage) => storage.getItem(FRONT)) === own);
}

// A terminal that fills an element, and what takes it away again.
function fill(host) {
  const style = getComputedStyle(host);
  const term = new Terminal({
    fontFamily: style.fontFamily,
    fontSize: 13,
    lineHeight: 1.35,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    scrollback: 5000,
    screenReaderMode: false,
    // What is found is marked, which xterm.js does not promise to do so for ever.
    allowProposedApi: true,
    theme: theme(host),
  });
  const fit = new FitAddon();
  term.loadAddon(fit);
  const sheets = withSheets(() => term.open(host));
  const drop = () => {
    term.dispose();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheets.includes(sheet));
  };
  return { term, fit, drop };
}

// Columns and rows of a terminal that would fill an element.
export function measure(host) {
  const { fit, drop } = fill(host);
  const size = fit.proposeDimensions();
  drop();
  return Number.isFinite(size?.cols) && Number.isFinite(size?.rows) ? [size.cols, size.rows] : undefined;
}

const ARROWS = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D" };

// Loaded when somebody looks for something.
async function finder(term, host, onFound) {
  const { SearchAddon } = await import("./addon-search.mjs");
  const addon = new SearchAddon();
  term.loadAddon(addon);
  addon.onDidChangeResults(({ resultIndex, resultCount }) => onFound(resultIndex + 1, resultCount));
  const probe = host.appendChild(document.createElement("span"));
  probe.style.color = "var(--warn-mark)";
  const mark = getComputedStyle(probe).color;
  probe.remove();
  const decorations = { matchBorder: mark, matchOverviewRuler: mark, activeMatchBorder: mark, activeMatchColorOverviewRuler: mark };
  return (text, step) => {
    if (text === "") {
      addon.clearDecorations();
      onFound(0, 0);
    } else if (step < 0) addon.findPrevious(text, { decorations });
    else addon.findNext(text, { decorations, incremental: step === 0 });
  };
}

// `isOurs` tells of a key that is pressed whether it is meant for the page.
export function open(host, label, onData, onResize, isOurs) {
  const { term, fit, drop } = fill(host);
  // Nor are style attributes allowed, by which it gives characters colours beyond the sixteen. There is no other way in.
  const rows = term._core._renderService._renderer.value._rowFactory;
  rows._addStyle = (element, style) => (element.style.cssText += `${style};`);
  const area = host.querySelector("textarea");
  area?.setAttribute("aria-label", label);
  const encoder = new TextEncoder();
  // Writes of what was shown before that are on their way to the screen. What a program asked then was answered then: the
  // same answers now would be typed into whatever runs by now.
  let replaying = 0;
  const mayAnswer = () => replaying === 0 && isInFront();
  const subscriptions = [
    term.onData((text) => mayAnswer() && onData(encoder.encode(text))),
    term.onBinary((text) => mayAnswer() && onData(Uint8Array.from(text, (c) => c.charCodeAt(0)))),
    term.onResize(({ cols, rows }) => onResize(cols, rows)),
  ];
  term.attachCustomKeyEventHandler((event) => {
    if (event.type === "keydown" && isOurs(event)) {
      event.preventDefault();
      return false;
    }
    // The browser's own copy and paste.
    if (event.ctrlKey && event.shiftKey && (event.code === "KeyC" || event.code === "KeyV")) {
      if (event.type === "keydown" && event.code === "KeyC" && term.hasSelection()) {
        // Without a secure context there is only the old way, which xterm.js answers with what is selected.
        if (navigator.clipboard) navigator.clipboard.writeText(term.getSelection());
        else document.execCommand("copy");
        event.preventDefault();
      }
      return event.code === "KeyC" ? false : undefined;
    }
    return true;
  });
  let fixed = false;
  const refit = () => !fixed && host.clientWidth > 0 && fit.fit();
  const sized = new ResizeObserver(refit);
  sized.observe(host);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => (term.options.theme = theme(host));
  scheme.addEventListener("change", recolour);
  const themed = new MutationObserver(recolour);
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  refit();
  let find;
  return {
    // A copy: it is read later, and these are a window into memory that changes meanwhile.
    write: (bytes, replayed, written) => {
      replaying += replayed;
      term.write(bytes.slice(), () => {
        replaying -= replayed;
        // What comes last is in view.
        if (fixed) host.scrollTop = host.scrollHeight;
        written();
      });
    },
    // After what is on its way to the screen.
    reset: () => term.write("", () => term.reset()),
    focus: () => term.focus(),
    // As large as it is elsewhere: what is shown was drawn for that.
    fix: (cols, rows) => {
      fixed = true;
      term.resize(cols, rows);
    },
    // A key that a phone's keyboard lacks, as the program wants it now.
    press: (key) => {
      const arrow = `\x1b${term.modes.applicationCursorKeysMode ? "O" : "["}${ARROWS[key]}`;
      term.input({ Escape: "\x1b", Tab: "\t" }[key] ?? arrow);
    },
    columns: () => term.cols,
    rows: () => term.rows,
    selection: () => term.getSelection(),
    // `step` is 1 for the next, -1 for the one before, and 0 while the text is being typed. `onFound` is told which of how
    // many is shown.
    find: async (text, step, onFound) => {
      find ??= finder(term, host, onFound);
      (await find)(text, step);
    },
    accessible: (on) => (term.options.screenReaderMode = on),
    text: () => {
      const buffer = term.buffer.active;
      const lines = Array.from({ length: buffer.length }, (_, at) => buffer.getLine(at)?.translateToString(true) ?? "");
      return lines.join("\n").trimEnd();
    },
    close: () => {
      sized.disconnect();
      themed.disconnect();
      scheme.removeEventListener("change", recolour);
      subscriptions.forEach((subscription) => subscription.dispose());
      drop();
    },
  };
}
