// Whether an IP address lies in a CIDR block, of either version.

/** False where one of them is none, or they are of different versions. */
export function isInSubnet(address: string, block: string): boolean {
  const [base = "", bits = "", ...rest] = block.split("/");
  const [inner, outer] = [toBits(address), toBits(base)];
  if (inner === undefined || outer === undefined || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  if (inner.length !== outer.length || Number(bits) > outer.length) return false;
  return inner.slice(0, Number(bits)) === outer.slice(0, Number(bits));
}

/** 32 or 128 digits of 0 and 1. */
function toBits(address: string): string | undefined {
  return address.includes(":") ? readV6(address) : readV4(address);
}

function readV4(address: string): string | undefined {
  const parts = address.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined;
  return parts.map((part) => Number(part).toString(2).padStart(8, "0")).join("");
}

function readV6(address: string): string | undefined {
  // The last two groups may be written as an address of version 4.
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const last = tail?.[2] === undefined ? undefined : readV4(tail[2]);
  if (tail !== null && last === undefined) return undefined;
  const text =
    last === undefined
      ? address
      : `${tail?.[1]}${Number.parseInt(last.slice(0, 16), 2).toString(16)}:${Number.parseInt(last.slice(16), 2).toString(16)}`;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], end = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = [...head, ...end];
  if (given.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - given.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...end];
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0")).join("");
}
