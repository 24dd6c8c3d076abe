// What the health check of a target group may be. Source: ELB API reference, ModifyTargetGroup.

/** Seconds, of any target group. */
export const targetGroupSeconds = { interval: [5, 300], timeout: [2, 120] } as const;

export function isTargetPort(text: string): boolean {
  return text === "traffic-port" || (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535);
}

/** `200`, `200,202` or `200-299`, of codes within these bounds. */
export function isMatcher(text: string, least: number, most: number): boolean {
  return text.split(",").every((part) => {
    const [, from, to = from] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part) ?? [];
    return from !== undefined && Number(from) >= least && Number(to) <= most && Number(from) <= Number(to);
  });
}
