/** Where in a filter an error is, as far as its message tells. */

/** Characters `[start, end)` of the filter. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** The characters that a failed filter stumbled over; an empty stretch at the end when something is missing there. */
export function placeOfError(filter: string, message: string): Place | undefined {
  const character = /at character (\d+)/.exec(message.replace(JSON.stringify(filter), ''))?.[1];
  if (character !== undefined) {
    const start = Number(character) - 1;
    const [word = filter.charAt(start)] =
      /^('[^']*'|"[^"]*"|[\p{L}\p{N}_.]+|[<>=!*/]+)/u.exec(filter.slice(start)) ?? [];
    return { start, end: start + word.length };
  }
  if (/ has the end where /.test(message)) return { start: filter.length, end: filter.length };
  const name = /speaks of "([^"]+)"/.exec(message)?.[1];
  const at = name === undefined ? -1 : filter.indexOf(name);
  return name === undefined || at < 0 ? undefined : { start: at, end: at + name.length };
}

/** The message without the filter, which is shown above it. */
export function withoutFilter(filter: string, message: string): string {
  return message.replace(`The filter ${JSON.stringify(filter)} has`, 'The filter has');
}
