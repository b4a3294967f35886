import { time } from '../../format.ts';
import { ThemeSwitch } from '../../shell.tsx';
import { PageHead, Tabs } from '../../ui/page.tsx';
import { Badge, Card } from '../../ui/parts.tsx';
import type { PagesProps } from '../index.tsx';
import { ApiKeys } from './api-keys.tsx';
import { AuditLog } from './audit-log.tsx';
import { SigningKeys } from './signing-keys.tsx';
import { Webhooks } from './webhooks.tsx';

const TABS = [
  { name: '', title: 'API keys', path: ['settings'] },
  { name: 'webhooks', title: 'Webhooks', path: ['settings', 'webhooks'] },
  { name: 'signing', title: 'Signing keys', path: ['settings', 'signing'] },
  { name: 'audit', title: 'Audit log', path: ['settings', 'audit'] },
  { name: 'session', title: 'Session', path: ['settings', 'session'] },
];

export function Settings({ tab, ...props }: PagesProps & { readonly tab: string }) {
  return (
    <>
      <PageHead title="Settings" />
      <Tabs label="Settings" tabs={TABS} current={tab} />
      {tab === '' && <ApiKeys ownId={props.session.apiKeyId} />}
      {tab === 'webhooks' && <Webhooks />}
      {tab === 'signing' && <SigningKeys />}
      {tab === 'audit' && <AuditLog />}
      {tab === 'session' && <Session {...props} />}
    </>
  );
}

function Session({ session, onSignOut }: PagesProps) {
  return (
    <Card title="Your session" note="It ends with its API key, at the latest after 12 hours.">
      <div class="form">
        <dl class="facts">
          <dt>API key</dt>
          <dd>{session.label ?? session.apiKeyId}</dd>
          <dt>Opens</dt>
          <dd class="tools">
            {session.scopes.map((scope) => (
              <Badge key={scope}>{scope}</Badge>
            ))}
          </dd>
          <dt>Until</dt>
          <dd>{time(session.expiresAt)}</dd>
          <dt>Colours</dt>
          <dd>
            <ThemeSwitch />
          </dd>
          <dt>API</dt>
          <dd>
            Everything here is in the <a href="/docs">HTTP API</a> too.
          </dd>
        </dl>
        <div class="tools">
          <button type="button" onClick={() => void onSignOut()}>
            Sign out
          </button>
        </div>
      </div>
    </Card>
  );
}
