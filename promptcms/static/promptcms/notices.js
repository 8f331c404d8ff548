// While something is on its way, looks every two seconds whether its answer has come.

const PAUSE = 2000;
const MOST = 30;

async function look(times) {
  const shown = document.getElementById("notices");
  if (!shown || !("waiting" in shown.dataset) || times >= MOST) return;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const answer = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = answer.getElementById("notices");
    // Nobody's keyboard is moved away from the button it stands on.
    if (response.ok && fresh && !shown.contains(document.activeElement)) shown.replaceWith(fresh);
  } catch {
    // The server may be restarting; the delivery goes on without us.
  }
  setTimeout(look, PAUSE, times + 1);
}

setTimeout(look, PAUSE, 0);
