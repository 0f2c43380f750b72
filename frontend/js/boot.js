// Starts the app. A failure is said on the page: the console is for developers.
import init from "./linkspan.js";

init({ module_or_path: new URL("./linkspan_bg.wasm", import.meta.url) }).catch((error) => {
  const notice = document.getElementById("loading") ?? document.body.appendChild(document.createElement("p"));
  notice.textContent = `Linkspan could not start in this browser: ${error}. Reload the page, or use a current browser.`;
  notice.setAttribute("role", "alert");
});
