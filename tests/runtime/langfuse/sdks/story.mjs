// The same story as python_sdk.py for both JavaScript SDKs; see its first lines. `sdk` has:
// get(name, {label, version, ttl, fallback, type, retries}), list(label), projects(), write().
import { createInterface } from "node:readline";

const TTL = 1; // seconds
const CHAT = { company: "Lumen", question: "Where is it?", tone: "calm" };
const HISTORY = [{ role: "user", content: "Hello." }, { role: "assistant", content: "Hi!" }];
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

export async function tell(sdk) {
  for (const name of ["log", "info", "warn", "error", "debug"]) console[name] = () => {};
  const changing = process.argv[2];
  say(changing ? await everything(sdk, changing) : await withAWrongKey(sdk));
  process.exit(0);
}

async function everything(sdk, changing) {
  const got = {
    default: text(await sdk.get("support/rolling")),
    label: text(await sdk.get("support/rolling", { label: "canary" })),
    revision: text(await sdk.get("support/rolling", { version: 2 })),
    "semver label": text(await sdk.get("support/rolling", { label: "v1.0.0" })),
    latest: text(await sdk.get("support/rolling", { label: "latest" })),
    "idle canary": text(await sdk.get("support/system", { label: "canary" })),
    chat: await chat(sdk),
    "unknown prompt": await failure(() => sdk.get("support/unknown")),
    "unknown version": await failure(() => sdk.get("support/system", { version: 9 })),
    "unknown label": await failure(() => sdk.get("support/system", { label: "eu" })),
    list: (await sdk.list("production")).data.map((row) => [row.name, row.versions]),
    auth: (await sdk.projects()).data.length === 1,
    write: await failure(() => sdk.write()),
    relabel: await failure(() => sdk.relabel()),
  };
  return { ...got, ...(await overTime(sdk, changing)) };
}

async function overTime(sdk, changing) {
  const fetch = async () => (await sdk.get(changing, { ttl: TTL })).version;
  const before = await fetch();
  await please("move");
  const cached = await fetch();
  await sleep(TTL + 0.2);
  const stale = await fetch();
  const moved = await until(2, fetch);
  await please("stop");
  await sleep(TTL + 0.2);
  const spare = await sdk.get("support/other", { fallback: "At hand, {{company}}.", retries: 0 });
  return {
    cache: [before, cached, stale, moved],
    down: [await fetch(), await fetch()],
    "down, fallback": [spare.compile({ company: "Lumen" }), spare.isFallback, spare.version],
    "down, none": (await failure(() => sdk.get("support/other", { retries: 0 }))) !== "",
  };
}

async function withAWrongKey(sdk) {
  return {
    prompt: await failure(() => sdk.get("support/system")),
    auth: await failure(() => sdk.projects()),
  };
}

function text(prompt) {
  const compiled = prompt.compile({ company: "Lumen", plan: "gold" });
  return [prompt.name, prompt.version, [...prompt.labels].sort(), prompt.config, compiled];
}

async function chat(sdk) {
  const prompt = await sdk.get("support/chat", { type: "chat" });
  return prompt.compile(CHAT, { history: HISTORY }).map((part) => [part.role, part.content]);
}

async function failure(attempt) {
  try {
    await attempt();
  } catch (error) {
    return error.name === "Error" ? error.message : error.name;
  }
  return "";
}

async function until(version, fetch) {
  for (let attempt = 0; attempt < 50 && (await fetch()) !== version; attempt += 1) await sleep(0.1);
  return fetch();
}

async function please(what) {
  say({ please: what });
  await answers.next();
}
