// The way to the server, and where on the page something stands.

// False where the connection is lost just now: then nothing is sent, and nothing that was typed may be thrown away.
export function act(what, more = {}) {
  if (window.did_handshake && !window.socket.connected) return false;
  window.emitEvent("act", { do: what, ...more });
  return true;
}

export const root = () => document.querySelector(".playground");
export const paneOf = (element) => element.closest("[data-pane]")?.dataset.pane ?? "main";
export const messageOf = (element) => element.closest("[data-message]")?.dataset.message ?? "";
export const off = (element) => element.getAttribute("aria-disabled") === "true";
export const waiting = () => root()?.hasAttribute("data-waiting");
export const composerOf = (pane) => document.querySelector(`.composer[data-pane="${pane}"] textarea`);
export const closeMenu = () => root()?.classList.remove("menu-open");
