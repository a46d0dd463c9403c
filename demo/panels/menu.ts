/** Menus that fold out of a button: `<details class="menu">`. */

/** Folds a menu when Escape is pressed in it, and when something outside of it is clicked. */
export function closeOnLeave(menu: HTMLDetailsElement): void {
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
  document.addEventListener('click', (event) => {
    if (event.target instanceof Node && event.target.isConnected && !menu.contains(event.target)) menu.open = false;
  });
}
