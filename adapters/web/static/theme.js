// Light, dark, or as the system has it. The page's head sets the theme before anything is drawn.

export function chooseTheme(choice) {
  localStorage.setItem("theme", choice);
  theme();
}

export function theme() {
  const choice = localStorage.getItem("theme") ?? "auto";
  document.documentElement.dataset.theme = choice;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  }
}
