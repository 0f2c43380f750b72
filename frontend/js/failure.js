// What ended a part of the page is said on the page itself, in words that can be copied, and told to the bridge: nobody
// watches consoles. It needs nothing of the app, which may be what failed. A script of its own, before the app.
"use strict";
(() => {
  // At most as many a minute are told to the bridge; a failure in a loop is one failure.
  const REPORTS = 3;
  const told = [];
  let last = "";

  // The app gives these in the reader's language.
  const words = () => ({
    title: "Linkspan's page failed.",
    text: "A part of it does not work any more. Reload it.",
    reload: "Reload",
    copy: "Copy details",
    ...globalThis.linkspanWords,
  });

  const build = () => document.querySelector("meta[name=build]")?.content ?? "";

  function details(what) {
    return [what, `build ${build()}`, location.pathname, navigator.userAgent].join("\n");
  }

  function button(label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn sm";
    made.textContent = label;
    made.addEventListener("click", act);
    return made;
  }

  function select(element) {
    getSelection()?.selectAllChildren(element);
    return document.execCommand("copy");
  }

  function show(what) {
    document.getElementById("failure")?.remove();
    const banner = document.createElement("div");
    banner.id = "failure";
    banner.className = "banner failure";
    banner.setAttribute("role", "alert");
    const text = document.createElement("p");
    const title = document.createElement("b");
    title.textContent = words().title;
    const code = document.createElement("code");
    code.textContent = what;
    text.append(title, ` ${words().text} `, code);
    const copy = async () => {
      code.textContent = details(what);
      await (navigator.clipboard?.writeText(details(what)).catch(() => select(code)) ?? select(code));
    };
    banner.append(text, button(words().copy, copy), button(words().reload, () => location.reload()));
    // What is outside of a modal dialog cannot be clicked.
    ([...document.querySelectorAll("dialog:modal")].pop() ?? document.body).append(banner);
  }

  function report(what) {
    const now = Date.now();
    while (told.length > 0 && now - told[0] > 60_000) told.shift();
    if (told.length >= REPORTS) return;
    told.push(now);
    const body = JSON.stringify({ build: build(), page: location.pathname, message: what.slice(0, 4096) });
    const headers = { "content-type": "application/json" };
    // A bridge that cannot be told is said by the page's own connection.
    fetch(`${document.documentElement.dataset.base ?? ""}/api/client-errors`, { method: "POST", headers, body, keepalive: true }).catch(() => {});
  }

  globalThis.linkspanFailed = (what) => {
    if (what === last) return;
    last = what;
    show(what);
    report(what);
  };

  // After a panic, what its caller notices is no news.
  const isTrap = (error) => last !== "" && error instanceof WebAssembly.RuntimeError;
  const said = (error) => (error instanceof Error && error.stack ? `${error}\n${error.stack}` : String(error));

  addEventListener("error", (event) => {
    // Browsers tell of observers that take more than a frame in this way, and of scripts that extensions bring along.
    const isOwn = event.error !== null && event.error !== undefined && (event.filename ?? "").startsWith(location.origin);
    if (isOwn && !isTrap(event.error)) linkspanFailed(said(event.error));
  });

  // A browser drops what is under way when a network comes or goes, as one does with each container. A new element asks
  // for its file again, whatever is typed meanwhile.
  const PAUSES = [100, 400, 1000, 3000];
  function again(element, file) {
    const tries = Number(element.dataset.tries ?? 0);
    if (tries === PAUSES.length) return linkspanFailed(`${file} could not be loaded`);
    const next = document.createElement(element.localName);
    for (const { name, value } of element.attributes) next.setAttribute(name, value);
    next.dataset.tries = tries + 1;
    setTimeout(() => element.replaceWith(next), PAUSES[tries]);
  }

  // A module that was dropped stays so until the page is loaded anew. Nothing is lost by that: it is what draws the page.
  const RELOADS = 3;
  globalThis.linkspanDropped = (file) => {
    const what = `${file} could not be loaded`;
    setTimeout(() => {
      try {
        const reloads = JSON.parse(sessionStorage.getItem("reloads") ?? "[]").filter((at) => Date.now() - at < 60_000);
        if (reloads.length >= RELOADS) return linkspanFailed(what);
        sessionStorage.setItem("reloads", JSON.stringify([...reloads, Date.now()]));
        location.reload();
      } catch {
        linkspanFailed(what);
      }
    }, 500);
  };

  addEventListener(
    "error",
    ({ target }) => {
      const isScript = target instanceof HTMLScriptElement;
      const file = isScript ? target.src : target instanceof HTMLLinkElement && target.rel === "stylesheet" ? target.href : "";
      if (!file.startsWith(`${location.origin}${document.documentElement.dataset.base ?? ""}/assets/`)) return;
      if (isScript && target.type === "module") linkspanDropped(file);
      else again(target, file);
    },
    // Such errors do not bubble.
    true,
  );
  addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof Error && !isTrap(event.reason)) linkspanFailed(said(event.reason));
  });
})();
