// While a version is being evaluated: says how far the run is, and shows the verdict once it came.

const note = document.getElementById("version-run");
const PAUSE = 2000;

// Words that somebody is writing here would be lost by showing the page anew.
function somethingTyped() {
  const fields = document.querySelectorAll("#content textarea, #content input[type=text]");
  return [...fields].some((field) => field.value !== field.defaultValue);
}

async function look() {
  let answer;
  try {
    const response = await fetch(note.dataset.url, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    answer = await response.json();
  } catch {
    setTimeout(look, PAUSE * 2); // the server may be restarting; the run goes on without us
    return;
  }
  const words = note.querySelector("[data-words]");
  if (!answer.finished) {
    words.textContent = `${answer.done} of ${answer.total} answers are in.`;
    setTimeout(look, PAUSE);
  } else if (somethingTyped()) {
    words.textContent = "The verdict has come. Send or copy what you typed, then open this page again.";
  } else {
    location.assign(note.dataset.page);
  }
}

if (note) setTimeout(look, PAUSE);
