// What an execution role must be allowed to do, so that ECS can start a task.

export interface RoleNeed {
  readonly role: string;
  readonly actions: readonly string[];
  readonly resource: string;
  /** The resource has a policy of its own, which may allow what the role's policies do not. */
  readonly hasOwnPolicy: boolean;
}

/** Actions by `roleNeedKey`. */
export type RefusedActions = ReadonlyMap<string, readonly string[]>;

export function roleNeedKey({ role, resource }: RoleNeed): string {
  return `${role} ${resource}`;
}
