// What a screen reader finds on the page: ARIA roles and accessible names, as far as the tests need
// them (HTML-AAM 1.0 for roles, accname 1.2 for names). Runs inside the page for each look-up and
// leaves nothing behind. The environment's tests compare it with what the browser itself computes.
const HEADING = /^H[1-6]$/;
const FROM_CONTENT = new Set(
  "button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row rowheader switch tab tooltip treeitem".split(" "),
);
const INPUT = {
  button: "button", submit: "button", reset: "button", image: "button", file: "button",
  checkbox: "checkbox", radio: "radio", range: "slider", number: "spinbutton", search: "searchbox",
  text: "textbox", email: "textbox", tel: "textbox", url: "textbox", password: "textbox",
};
const PLAIN = {
  ARTICLE: "article", ASIDE: "complementary", BUTTON: "button", CAPTION: "caption", CODE: "code", DATALIST: "listbox",
  DD: "definition", DETAILS: "group", DFN: "term", DIALOG: "dialog", DT: "term", EM: "emphasis", FIELDSET: "group",
  FIGURE: "figure", HR: "separator", MAIN: "main", MENU: "list", METER: "meter", NAV: "navigation", OL: "list",
  OPTGROUP: "group", OPTION: "option", OUTPUT: "status", P: "paragraph", PROGRESS: "progressbar", SEARCH: "search",
  STRONG: "strong", TABLE: "table", TBODY: "rowgroup", TEXTAREA: "textbox", TFOOT: "rowgroup", THEAD: "rowgroup",
  TIME: "time", TR: "row", UL: "list",
};
const squeeze = (text) => text.replace(/[\s\u00a0\u200b]+/g, " ").trim();
const byIds = (el, attribute) =>
  (el.getAttribute(attribute) || "").split(/\s+/).filter(Boolean)
    .map((id) => el.ownerDocument.getElementById(id)).filter(Boolean);

function role(el) {
  for (const word of (el.getAttribute("role") || "").toLowerCase().split(/\s+/)) {
    if (word === "none" || word === "presentation") return "";
    if (word) return word;
  }
  return implicitRole(el);
}

function implicitRole(el) {
  const tag = el.tagName.toUpperCase();
  if (HEADING.test(tag)) return "heading";
  switch (tag) {
    case "A": case "AREA": return el.hasAttribute("href") ? "link" : "";
    case "FOOTER": return sectioned(el) ? "" : "contentinfo";
    case "FORM": return labelled(el) ? "form" : "";
    case "HEADER": return sectioned(el) ? "" : "banner";
    case "IMG": return el.getAttribute("alt") === "" && !labelled(el) ? "" : "img";
    case "INPUT": {
      const found = INPUT[el.type] || "";
      return el.hasAttribute("list") && (found === "textbox" || found === "searchbox") ? "combobox" : found;
    }
    case "LI": return el.parentElement && role(el.parentElement) === "list" ? "listitem" : "";
    case "SECTION": return labelled(el) ? "region" : "";
    case "SELECT": return el.multiple || el.size > 1 ? "listbox" : "combobox";
    case "TD": return inGrid(el) ? "gridcell" : "cell";
    case "TH": return headerRole(el);
    default: return PLAIN[tag] || "";
  }
}

const sectioned = (el) => !!el.parentElement?.closest(
  "article,aside,main,nav,section,[role=article],[role=complementary],[role=main],[role=navigation],[role=region]");
const labelled = (el) => !!squeeze(el.getAttribute("aria-label") || el.getAttribute("title") || "")
  || byIds(el, "aria-labelledby").length > 0;
const inGrid = (el) => /grid$/.test(el.closest("table,[role]")?.closest("table,[role=grid],[role=treegrid]")?.getAttribute("role") || "");

function headerRole(el) {
  if (/^row/.test(el.scope)) return "rowheader";
  if (/^col/.test(el.scope) || el.closest("thead")) return "columnheader";
  return [...(el.parentElement?.children || [])].some((other) => other.tagName === "TD") ? "rowheader" : "columnheader";
}

// Whether a person can perceive the element: rendered, and not taken out of the accessibility tree.
function shown(el) {
  return !el.closest('[aria-hidden="true"],[inert]') && rendered(el);
}

function rendered(el) {
  const style = getComputedStyle(el);
  // Without a box of its own, but its children have theirs.
  if (style.display === "contents") return !!el.parentElement && rendered(el.parentElement);
  // The options of a closed select have no box either, and are offered all the same.
  if (/^(OPTION|OPTGROUP)$/.test(el.tagName)) return rendered(el.closest("select,datalist") || el.parentElement);
  return style.visibility === "visible" && el.checkVisibility();
}

function name(el) {
  return squeeze(rawName(el, new Set(), {}));
}

function rawName(el, seen, how) {
  if (seen.has(el)) return "";
  seen.add(el);
  if (!how.referenced) {
    const labels = byIds(el, "aria-labelledby");
    if (labels.length) return labels.map((label) => rawName(label, new Set([el]), { referenced: true, inside: true })).join(" ");
  }
  if (how.inside && !how.root) {
    const value = embeddedValue(el);
    if (value !== undefined) return value;
  }
  const label = el.getAttribute("aria-label");
  if (label && squeeze(label)) return label;
  const own = nativeName(el, seen);
  if (own !== undefined && squeeze(own)) return own;
  if (how.inside || FROM_CONTENT.has(role(el)) || el.tagName === "SUMMARY") {
    const text = content(el, seen);
    if (squeeze(text)) return text;
  }
  const title = el.getAttribute("title");
  if (title) return title;
  return /^(INPUT|TEXTAREA)$/.test(el.tagName) ? el.placeholder || el.getAttribute("aria-placeholder") || "" : "";
}

// A control inside a label or a cell stands for what it holds.
function embeddedValue(el) {
  switch (role(el)) {
    case "textbox": case "searchbox": return el.value ?? el.textContent;
    case "combobox": case "listbox":
      return el.tagName === "SELECT" ? [...el.selectedOptions].map((option) => option.text).join(" ") : el.value;
    case "slider": case "spinbutton": case "progressbar": case "meter":
      return el.getAttribute("aria-valuetext") ?? el.getAttribute("aria-valuenow") ?? (el.value === undefined ? undefined : String(el.value));
    default: return undefined;
  }
}

function nativeName(el, seen) {
  const child = (selector) => [...el.children].find((candidate) => candidate.matches(selector));
  const from = (source) => (source ? content(source, seen) : undefined);
  switch (el.tagName.toUpperCase()) {
    case "IMG": case "AREA": return el.getAttribute("alt") ?? undefined;
    case "FIELDSET": return from(child("legend"));
    case "TABLE": return from(child("caption"));
    case "FIGURE": return from(child("figcaption"));
    case "OPTION": case "OPTGROUP": return el.label || undefined;
    case "SVG": return from(child("title"));
  }
  if (el.tagName === "INPUT" && /^(button|submit|reset)$/.test(el.type)) {
    return el.value || { submit: "Submit", reset: "Reset" }[el.type];
  }
  if (el.tagName === "INPUT" && el.type === "image") return el.alt || "Submit";
  if (el.labels?.length) {
    return [...el.labels].map((label) => rawName(label, new Set([el]), { inside: true, root: true })).join(" ");
  }
  return undefined;
}

function content(el, seen) {
  let text = generated(el, "::before");
  for (const node of el.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) text += node.nodeValue;
    if (node.nodeType !== Node.ELEMENT_NODE || seen.has(node)) continue;
    if (node.tagName === "BR") text += " ";
    // A branch of a tree is not named by its twigs.
    const twigs = role(node) === "group" && role(el) === "treeitem";
    if (twigs || !shown(node) || /^(SCRIPT|STYLE|TEMPLATE)$/.test(node.tagName)) continue;
    const part = rawName(node, seen, { inside: true });
    text += getComputedStyle(node).display === "inline" ? part : ` ${part} `;
  }
  return text + generated(el, "::after");
}

// Text that a style sheet adds is read out like any other.
function generated(el, which) {
  const value = getComputedStyle(el, which).content;
  const text = /^"(.*)"(?: \/ "(.*)")?$/.exec(value);
  return text ? text[2] ?? text[1] : "";
}

function matches(found, wanted) {
  switch (wanted.kind) {
    case "whole": return found === squeeze(wanted.text);
    case "start": return found.startsWith(squeeze(wanted.text));
    case "part": return found.includes(squeeze(wanted.text));
    default: return true;
  }
}

// The elements that a chain of steps leads to: each step looks inside what the one before found.
function find(steps) {
  let scopes = [document];
  for (const step of steps) {
    const found = new Set();
    for (const scope of scopes) {
      for (const el of scope.querySelectorAll("*")) {
        if (role(el) === step.role && shown(el) && matches(name(el), step.name)) found.add(el);
      }
    }
    scopes = [...found];
    if (step.nth !== null) scopes = scopes.slice(step.nth, step.nth + 1);
  }
  return scopes;
}

const disabled = (el) => el.matches(":disabled") || !!el.closest('[aria-disabled="true"]');

function checked(el) {
  if (el.tagName === "INPUT") return el.indeterminate ? "mixed" : String(el.checked);
  return el.getAttribute("aria-checked") ?? el.getAttribute("aria-pressed") ?? "false";
}

function describe(el) {
  return {
    element: el,
    role: role(el),
    name: name(el),
    text: squeeze(el.innerText ?? el.textContent ?? ""),
    value: el.value === undefined ? null : String(el.value),
    checked: checked(el),
    disabled: disabled(el),
    focused: el.ownerDocument.activeElement === el,
    tag: el.tagName.toLowerCase(),
  };
}

// Selects all that a field holds, so that typing replaces it as it does for a person.
function selectContent(el) {
  el.focus();
  if (el.select) return el.select();
  const range = document.createRange();
  range.selectNodeContents(el);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

// The page as an indented list of roles and names, for the report of a failed test.
function outline(limit) {
  const lines = [];
  const walk = (el, depth) => {
    if (lines.length >= limit || !shown(el)) return;
    const kind = role(el);
    let deeper = depth;
    if (kind && !/^(paragraph|rowgroup|strong|emphasis|code|time)$/.test(kind)) {
      const states = [disabled(el) && "disabled", checked(el) === "true" && "checked", document.activeElement === el && "focused"];
      const own = [...el.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.nodeValue).join(" ");
      const text = FROM_CONTENT.has(kind) ? "" : squeeze(own).slice(0, 120);
      const value = /^(textbox|searchbox|combobox|spinbutton)$/.test(kind) && el.value ? ` = ${JSON.stringify(el.type === "password" ? "…" : el.value)}` : "";
      lines.push(`${"  ".repeat(depth)}${kind} ${JSON.stringify(name(el).slice(0, 160))}${value}${states.filter(Boolean).map((state) => ` [${state}]`).join("")}${text && ` : ${text}`}`);
      deeper += 1;
    }
    for (const child of el.children) walk(child, deeper);
  };
  if (document.body) walk(document.body, 0);
  if (lines.length >= limit) lines.push("…");
  return lines.join("\n");
}
