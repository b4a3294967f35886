/** What following a purchase needs of the Worker. */
export type StoreEnv = Pick<ApiEnv, 'CHARGEBACK_POLICY' | 'DB' | 'MASTER_SECRET' | 'VIEWERS'>;
