// The mock's controls over HTTP, and word of whatever happens.
import {say} from "./words.js";
import {toast} from "./dom.js";

export async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} : {method: "POST", body: JSON.stringify(body)});
  const read = await answer.json();
  if (!answer.ok) throw new Error(read.error ?? answer.statusText);
  return read;
}

// Somebody does something; undefined when WeCom would not let them.
export async function act(name, values) {
  try {
    return (await ask("/_mock/act", {do: name, ...values})).result;
  } catch (error) {
    toast(say("refused", error.message));
    return undefined;
  }
}

// Calls `heard` at once and whenever something has happened, never twice at a time.
export function watch(heard, lost) {
  let running = false, again = false;
  async function run() {
    if (running) { again = true; return; }
    running = true;
    try { await heard(); } catch (error) { console.error(error); lost(); } finally { running = false; }
    if (again) { again = false; run(); }
  }
  const source = new EventSource("/_mock/client/news");
  source.onmessage = run;
  source.onerror = lost;
  return run;
}
