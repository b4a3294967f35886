import { ProblemError } from '#shared/http/problem.ts';

export interface AppStoreSettings {
  readonly bundleId: string;
  /** A number in what Apple sends of production; the sandbox has none. */
  readonly appAppleId: number | null;
  readonly environments: ReadonlySet<string>;
  readonly rootSha256: string;
}

type AppStoreVars = Pick<
  ApiEnv,
  'APP_STORE_BUNDLE_ID' | 'APP_STORE_APP_APPLE_ID' | 'APP_STORE_ENVIRONMENT' | 'APP_STORE_ROOT_SHA256'
>;

/** Which app, which environment and which root are ours: never what a payload says of itself. */
export function appStoreSettings(env: AppStoreVars): AppStoreSettings {
  const bundleId = env.APP_STORE_BUNDLE_ID;
  if (bundleId === '')
    throw new ProblemError({ code: 'store-not-configured', detail: 'APP_STORE_BUNDLE_ID is empty.' });
  const environments = new Set(env.APP_STORE_ENVIRONMENT.split(',').map((each) => each.trim()));
  if ([...environments].some((each) => each !== 'Production' && each !== 'Sandbox'))
    throw new Error('APP_STORE_ENVIRONMENT must be Production, Sandbox, or both with a comma');
  const appAppleId = /^\d{1,15}$/.test(env.APP_STORE_APP_APPLE_ID) ? Number(env.APP_STORE_APP_APPLE_ID) : null;
  if (appAppleId === null && environments.has('Production'))
    throw new Error('APP_STORE_APP_APPLE_ID must be the number of the app: Apple names it in production');
  const rootSha256 = env.APP_STORE_ROOT_SHA256.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(rootSha256)) throw new Error('APP_STORE_ROOT_SHA256 must be 32 bytes in hex');
  return { bundleId, appAppleId, environments, rootSha256 };
}

/** Of a Google Cloud service account, as its JSON key file has it. */
export interface ServiceAccount {
  readonly clientEmail: string;
  readonly privateKey: string;
}

export interface GooglePlaySettings {
  readonly packageName: string;
  readonly pushAudience: string;
  readonly pushEmail: string;
  readonly takesTestPurchases: boolean;
  readonly jwksUrl: string;
  readonly tokenUrl: string;
  readonly apiUrl: string;
  readonly allowLoopback: boolean;
  readonly serviceAccount: ServiceAccount;
}

type GooglePlayVars = Pick<
  ApiEnv,
  | 'GOOGLE_PLAY_PACKAGE_NAME'
  | 'GOOGLE_PLAY_PUSH_AUDIENCE'
  | 'GOOGLE_PLAY_PUSH_EMAIL'
  | 'GOOGLE_PLAY_TEST_PURCHASES'
  | 'GOOGLE_JWKS_URL'
  | 'GOOGLE_TOKEN_URL'
  | 'GOOGLE_PLAY_API'
  | 'LOOPBACK_URLS'
> & {
  /** A secret, and not there where the store is not used. */
  readonly GOOGLE_SERVICE_ACCOUNT_KEY?: string;
};

export function googlePlaySettings(env: GooglePlayVars): GooglePlaySettings {
  const packageName = env.GOOGLE_PLAY_PACKAGE_NAME;
  if (packageName === '')
    throw new ProblemError({ code: 'store-not-configured', detail: 'GOOGLE_PLAY_PACKAGE_NAME is empty.' });
  const { GOOGLE_PLAY_PUSH_AUDIENCE: pushAudience, GOOGLE_PLAY_PUSH_EMAIL: pushEmail } = env;
  if (pushAudience === '' || pushEmail === '')
    throw new Error('GOOGLE_PLAY_PUSH_AUDIENCE and GOOGLE_PLAY_PUSH_EMAIL must be those of the push subscription');
  return {
    packageName,
    pushAudience,
    pushEmail,
    takesTestPurchases: env.GOOGLE_PLAY_TEST_PURCHASES === '1',
    jwksUrl: env.GOOGLE_JWKS_URL,
    tokenUrl: env.GOOGLE_TOKEN_URL,
    apiUrl: env.GOOGLE_PLAY_API,
    allowLoopback: env.LOOPBACK_URLS === '1',
    serviceAccount: readServiceAccount(env.GOOGLE_SERVICE_ACCOUNT_KEY ?? ''),
  };
}

function readServiceAccount(json: string): ServiceAccount {
  const key = parse(json);
  const { client_email: clientEmail, private_key: privateKey } = key;
  if (typeof clientEmail === 'string' && typeof privateKey === 'string') return { clientEmail, privateKey };
  throw new Error('GOOGLE_SERVICE_ACCOUNT_KEY must be the JSON key of a service account');
}

/** What is wrong with a secret is never said in its own words. */
function parse(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
