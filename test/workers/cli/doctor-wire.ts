export interface Doctor {
  readonly ok: boolean;
  readonly scopes: readonly string[];
  readonly findings: readonly { readonly check: string; readonly state: string; readonly detail: string }[];
}
