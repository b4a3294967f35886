import { IMAGES_ONLY, planPlayback, type PlaybackPlan } from '#core/entitlement/playback-plan.ts';
import { MAX_PASS_TTL_SECONDS } from '#core/token/limits.ts';
import { mediaPathPrefix, passEpoch, WHOLE_EPISODE, type MediaPass } from '#core/token/media-pass.ts';
import { passSessionId } from '#core/token/revocation.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import type { PlayableEpisode } from '#shared/db/playback-catalog.ts';
import { signPass } from '#shared/keys/media-pass-key.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import type { DecisionPlace, EpisodeDecision, ViewerDecisions } from '#shared/playback/decide-episode.ts';

/** A signed prefix under which one viewer may fetch what a plan opens of one version. */
export interface MintedPass {
  readonly pathPrefix: string;
  readonly pass: MediaPass;
  readonly plan: PlaybackPlan;
}

export interface Minter {
  readonly masterSecret: string;
  readonly claims: ViewerClaims;
  readonly passesRevokedAtSeconds: number | null;
  readonly nowSeconds: number;
}

export function minterOf({ env, claims, nowMs }: DecisionPlace, { passesRevokedAtSeconds }: ViewerDecisions): Minter {
  return { masterSecret: env.MASTER_SECRET, claims, passesRevokedAtSeconds, nowSeconds: Math.floor(nowMs / 1_000) };
}

/** null when the decision opens nothing that plays. */
export async function mintForDecision(
  minter: Minter,
  episode: PlayableEpisode,
  decision: EpisodeDecision,
): Promise<MintedPass | null> {
  if (decision.access === 'locked') return null;
  const plan = planPlayback(decision, episode, minter.claims.maxHeight);
  return decision.access === 'full'
    ? mint(minter, episode, plan, decision.untilSeconds, WHOLE_EPISODE)
    : mint(minter, episode, plan, null);
}

/** For posters, which are shown whatever the decision. */
export async function mintForImages(minter: Minter, episode: PlayableEpisode): Promise<MintedPass> {
  return mint(minter, episode, IMAGES_ONLY, null);
}

async function mint(
  minter: Minter,
  episode: PlayableEpisode,
  plan: PlaybackPlan,
  untilSeconds: number | null,
  extraBits = 0,
): Promise<MintedPass> {
  const { nowSeconds, masterSecret } = minter;
  const pass: MediaPass = {
    kid: passEpoch(nowSeconds),
    expiresAtSeconds: Math.min(nowSeconds + MAX_PASS_TTL_SECONDS, untilSeconds ?? Number.POSITIVE_INFINITY),
    renditionMask: plan.renditionMask + extraBits,
    segmentCount: plan.segmentCount,
    sessionId: await sessionIdOf(minter),
  };
  const tag = await signPass(masterSecret, pass, episode.assetId, episode.version);
  return { pathPrefix: mediaPathPrefix(pass, tag, episode.assetId, episode.version), pass, plan };
}

/** Names viewer and session to who holds the secret only, and says which revocation the pass comes after. */
async function sessionIdOf({ masterSecret, claims, passesRevokedAtSeconds, nowSeconds }: Minter): Promise<string> {
  const [viewer, session] = await Promise.all([
    hashViewer(masterSecret, claims.viewerId),
    hashViewer(masterSecret, `${claims.viewerId}\n${claims.sessionId ?? claims.tokenId}`),
  ]);
  return passSessionId(viewer, session, passesRevokedAtSeconds, nowSeconds);
}
