// What somebody else named must not look like something else: characters that reorder, hide or break a text are shown by
// stand-ins, wherever a text gets into the page (Unicode TR 36, TR 39). One place for all pages; what is copied with a
// button, linked to or sent keeps its own characters, because only the document's text changes.
"use strict";
(() => {
  const ATTRIBUTES = ["title", "aria-label", "aria-description", "placeholder", "alt"];
  // Control and format characters, separators of lines, blanks that look like nothing, and bytes that are no text
  // (shared/src/bytes_name.rs).
  const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\uef80-\uefff]/u;
  const EACH = new RegExp(HOSTILE.source, "gu");

  // Emoji and Indic scripts are joined by these; between ASCII they are a trick.
  const joins = (char, before, after) => (char === "\u200d" || char === "\u200c") && before > "\x7f" && after > "\x7f";

  function standIn(char, lines) {
    const code = char.codePointAt(0);
    if (code === 10 || code === 9 || code === 13) return lines || code === 13 ? char : String.fromCodePoint(0x2400 + code);
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    if (code >= 0xef80 && code <= 0xefff) return `\\x${(code - 0xef80 + 0x80).toString(16).toUpperCase()}`;
    return "\ufffd";
  }

  function visible(text, lines) {
    return text.replace(EACH, (char, at) => (joins(char, text[at - 1] ?? "", text[at + char.length] ?? "") ? char : standIn(char, lines)));
  }

  // Where lines and tabs are shown as such.
  function keepsLines(element) {
    const style = element ? getComputedStyle(element) : null;
    const space = style?.whiteSpaceCollapse ?? style?.whiteSpace ?? "";
    return space.startsWith("pre") || space === "break-spaces";
  }

  // Blanks that a page would make one: names that differ in them look different.
  const RUN = / (?= )/g;

  function look(text) {
    if (!HOSTILE.test(text.data) && !text.data.includes("  ")) return;
    const parent = text.parentElement;
    // A terminal has rules of its own; what scripts and styles say is not shown.
    if (parent?.closest(".xterm, script, style")) return;
    // A view's own layout is blanks alone.
    if (text.data.trim() === "") return;
    const lines = keepsLines(parent);
    const seen = visible(text.data, lines);
    const shown = lines ? seen : seen.replace(RUN, "\u00a0");
    if (shown !== text.data) text.data = shown;
  }

  function lookAt(element, name) {
    const value = element.getAttribute(name);
    if (value === null || !HOSTILE.test(value)) return;
    const shown = visible(value, name === "title");
    if (shown !== value) element.setAttribute(name, shown);
  }

  function within(node) {
    if (node.nodeType === Node.TEXT_NODE) return look(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const name of ATTRIBUTES) lookAt(node, name);
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
      const found = walker.currentNode;
      if (found.nodeType === Node.TEXT_NODE) look(found);
      else for (const name of ATTRIBUTES) if (found.hasAttribute(name)) lookAt(found, name);
    }
  }

  // Before anything is painted, and of what is not hostile no more than one look at its text.
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") look(change.target);
      else if (change.type === "attributes") lookAt(change.target, change.attributeName);
      else change.addedNodes.forEach(within);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
})();
