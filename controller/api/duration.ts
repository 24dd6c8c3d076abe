// Durations as policies write them: `30s`, `5m`, `1h`, `30d`, or whole seconds.

export const durationPattern = /^[1-9][0-9]{0,8}[smhd]$/;

const secondsPer = { s: 1, m: 60, h: 3600, d: 86400 } as const;

/** Seconds of a duration that matches {@link durationPattern}. */
export function parseDuration(text: string): number {
  const unit = text.at(-1) as keyof typeof secondsPer;
  return Number(text.slice(0, -1)) * secondsPer[unit];
}

/** The shortest exact form: 90 → `90s`, 3600 → `1h`. */
export function formatDuration(seconds: number): string {
  for (const unit of ["d", "h", "m"] as const) {
    if (seconds >= secondsPer[unit] && seconds % secondsPer[unit] === 0)
      return `${seconds / secondsPer[unit]}${unit}`;
  }
  return `${seconds}s`;
}
