// While a connection is being tested: asks every second, and shows the outcome in its place.

const list = document.getElementById("connections");
const PAUSE = 1000;

async function waiting() {
  const response = await fetch(list.dataset.url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()).waiting.length > 0;
}

// The page anew, but only its facts: what somebody types in a form meanwhile stays.
async function show() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(String(response.status));
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const sections = fresh.querySelectorAll("#connections > section");
  list.querySelectorAll(":scope > section").forEach((section, at) => {
    for (const part of ["h2", ".facts"]) {
      const now = section.querySelector(part);
      const then = sections[at]?.querySelector(part);
      if (now && then) now.replaceWith(then);
    }
  });
}

async function look() {
  try {
    if (await waiting()) {
      setTimeout(look, PAUSE);
      return;
    }
    await show();
  } catch {
    setTimeout(look, PAUSE * 3); // the server may be restarting; the test goes on without us
  }
}

if (list?.dataset.waiting === "yes") setTimeout(look, PAUSE);
