// Before the first paint, so that a chosen theme never flashes the other one; and before the code, so that the words of
// another language than English are on their way with it.
"use strict";
(() => {
  const root = document.documentElement;
  // Without storage the system's choices apply.
  const chosen = (what) => {
    try {
      return localStorage.getItem(what);
    } catch {
      return null;
    }
  };
  const theme = chosen("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  const languages = [chosen("language"), ...navigator.languages].map((tag) => tag?.split("-")[0]);
  root.lang = languages.find((tag) => tag === "en" || tag === "ja") ?? "en";
  if (root.lang !== "ja") return;
  const words = document.createElement("link");
  Object.assign(words, { rel: "preload", href: new URL("split_japanese.wasm", document.currentScript.src), as: "fetch", crossOrigin: "" });
  document.head.append(words);
})();
