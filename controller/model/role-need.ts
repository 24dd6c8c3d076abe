// What the roles of a task must be allowed to do: its execution role, so that ECS can start it, and its task role.

export interface RoleNeed {
  readonly role: string;
  /** Who uses it: ECS, to start the task; or the containers themselves. */
  readonly use: "execution" | "task";
  readonly actions: readonly string[];
  readonly resource: string;
  /** The resource has a policy of its own, which may allow what the role's policies do not. */
  readonly hasOwnPolicy: boolean;
}

/** Actions by `roleNeedKey`. */
export type RefusedActions = ReadonlyMap<string, readonly string[]>;

/** Why IAM could not be asked, by `roleNeedKey`. */
export type UnaskedRoles = ReadonlyMap<string, string>;

export interface RoleAnswers {
  readonly refused: RefusedActions;
  readonly unasked: UnaskedRoles;
}

export function roleNeedKey({ role, resource }: RoleNeed): string {
  return `${role} ${resource}`;
}
