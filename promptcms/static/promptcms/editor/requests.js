// Sending what stands in the form, and telling plainly when that did not work.

const presentToken = () => document.cookie.match(/(?:^|;\s*)(?:__Host-)?pcms-csrf=([^;]+)/);

// Signing in again, in another tab, changes the token: the form takes the present one.
export function freshToken(form) {
  const found = presentToken();
  if (found) form.querySelector("input[name=csrfmiddlewaretoken]").value = found[1];
}

// What an answer other than 200 means, for a person.
export function whyNot(status) {
  if (status === 0) return "the server cannot be reached. Keep this page open";
  if (status === 401) return "you are signed out; your text stays here";
  if (status === 403 || status === 404) {
    return "you may not edit here any more, or somebody else is signed in. Your text stays here";
  }
  return `the server answered ${status}. Copy your text before you leave`;
}

// Posts the form to `address`. Resolves to {status, body}: `body` is null unless JSON came,
// status 401 stands for a sign-in page. Rejects when the server cannot be reached.
export async function send(form, address, { signal, keepalive = false } = {}) {
  freshToken(form);
  const response = await fetch(address, {
    method: "POST",
    body: new FormData(form),
    signal,
    keepalive,
    credentials: "same-origin",
  });
  const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
  // Somebody who cleared the cookies is signed out, though what is refused first is the token.
  const isSignedOut = response.redirected || (response.status === 403 && !presentToken());
  if (!isJson) return { status: isSignedOut ? 401 : response.status, body: null };
  return { status: response.status, body: await response.json() };
}
