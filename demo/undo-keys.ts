/** Ctrl+Z, Ctrl+Shift+Z and Ctrl+Y (or with Cmd), wherever nobody is typing. */

/** Calls back for the keys of undo and redo. */
export function listenForUndo(go: (redo: boolean) => void): void {
  document.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, shiftKey, altKey, target } = event;
    if (!(ctrlKey || metaKey) || altKey || event.defaultPrevented) return;
    const letter = key.toLowerCase();
    if (letter !== 'z' && letter !== 'y') return;
    if (takesText(target) || document.querySelector('dialog[open]:not(#viewer)')) return;
    event.preventDefault();
    go(letter === 'y' || shiftKey);
  });
}

/** Whether an element takes what is typed. */
export function takesText(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement) return !target.readOnly;
  return target instanceof HTMLInputElement && !/^(range|checkbox|radio|button)$/.test(target.type);
}
