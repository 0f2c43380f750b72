// Starts the app. A failure is said on the page: the console is for developers.

// Whoever is signed in needs the websocket: it opens while the code is loaded, which then takes it over with what it has
// received.
const session = document.querySelector("meta[name=session]");
const base = document.documentElement.dataset.base ?? "";
if (session?.content && JSON.parse(session.content).user && ![`${base}/login`, `${base}/welcome`].includes(location.pathname)) {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${base}/api/ws`, session.dataset.protocol);
  socket.binaryType = "arraybuffer";
  const taken = { socket, received: [], at: 0 };
  socket.onmessage = ({ data }) => {
    // The greeting says what time it is.
    taken.at ||= Date.now();
    taken.received.push(data);
  };
  globalThis.linkspanSocket = taken;
}

// What only some pages need comes when they are opened.
globalThis.linkspanLoad = (name) => import(new URL(name, import.meta.url));
globalThis.linkspanStyle = async (name) => {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  document.adoptedStyleSheets.push(await new CSSStyleSheet().replace(await answer.text()));
};

// A browser drops what is under way when a network comes or goes: a second try then succeeds.
async function start(init, pauses) {
  try {
    await init({ module_or_path: new URL("./linkspan_bg.wasm", import.meta.url) });
  } catch (error) {
    if (pauses.length === 0 || !(error instanceof TypeError)) throw error;
    await new Promise((resolve) => setTimeout(resolve, pauses[0]));
    await start(init, pauses.slice(1));
  }
}

function failed(error) {
  const notice = document.getElementById("loading") ?? document.body.appendChild(document.createElement("p"));
  notice.textContent = `Linkspan could not start in this browser: ${error}. Reload the page, or use a current browser.`;
  notice.setAttribute("role", "alert");
}

// Not imported above: whatever can be done meanwhile need not wait for it.
const code = new URL("./linkspan.js", import.meta.url).href;
if (globalThis.linkspanFailed) {
  import(code).then(
    ({ default: init }) => start(init, [100, 400, 1000]).catch(failed),
    // What is not understood is no better the next time.
    (error) => (error instanceof TypeError ? linkspanDropped(code) : linkspanFailed(String(error))),
  );
} else {
  // What would have seen other files dropped was dropped itself.
  import("./failure.js").then(() => linkspanDropped("failure.js"), failed);
}
