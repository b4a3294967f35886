import type { AnalyticsRightsRpc } from '#shared/viewer/analytics-rights-rpc.ts';

/** The analytics Worker's side of export and erasure. */
export function analyticsRights({ ANALYTICS_RIGHTS }: Pick<ApiEnv, 'ANALYTICS_RIGHTS'>): AnalyticsRightsRpc {
  return ANALYTICS_RIGHTS as unknown as AnalyticsRightsRpc;
}
