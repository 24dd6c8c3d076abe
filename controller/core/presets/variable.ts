// Environment variables of presets: one that has no value is left out.

interface Variable {
  readonly [member: string]: string;
  readonly name: string;
  readonly value: string;
}

export function variable(name: string, value: string | undefined): Variable[] {
  return value === undefined ? [] : [{ name, value }];
}

/** What the policy gives wins over what the preset sets; the order is the preset's, then the policy's. */
export function variables(
  own: readonly Variable[],
  given: Readonly<Record<string, string | null>> | undefined,
): Variable[] {
  const values = new Map(own.map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === null) values.delete(name);
    else values.set(name, value);
  }
  return [...values].map(([name, value]) => ({ name, value }));
}
