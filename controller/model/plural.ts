// A number with its noun, as all messages have it.

/** `1 item`, `2 items` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
