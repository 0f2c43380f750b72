// Starts the app. A failure is said on the page: the console is for developers.
import init from "./linkspan.js";

// What only some pages need comes when they are opened.
globalThis.linkspanLoad = (name) => import(new URL(name, import.meta.url));

// A browser drops what is under way when a network comes or goes: a second try then succeeds.
async function start(pauses) {
  try {
    await init({ module_or_path: new URL("./linkspan_bg.wasm", import.meta.url) });
  } catch (error) {
    if (pauses.length === 0 || !(error instanceof TypeError)) throw error;
    await new Promise((resolve) => setTimeout(resolve, pauses[0]));
    await start(pauses.slice(1));
  }
}

start([100, 400, 1000]).catch((error) => {
  const notice = document.getElementById("loading") ?? document.body.appendChild(document.createElement("p"));
  notice.textContent = `Linkspan could not start in this browser: ${error}. Reload the page, or use a current browser.`;
  notice.setAttribute("role", "alert");
});
