import { useSession } from './data/session.ts';
import { Pages } from './pages/index.tsx';
import { SignIn } from './pages/sign-in.tsx';
import { Shell } from './shell.tsx';

export function App() {
  const { state, signIn, signOut } = useSession();
  switch (state.kind) {
    case 'checking':
      return (
        <p class="visually-hidden" role="status">
          Loading
        </p>
      );
    case 'out':
      return <SignIn trouble={state.trouble} onSignIn={signIn} />;
    case 'in':
      return (
        <Shell session={state.session} onSignOut={signOut}>
          <Pages session={state.session} onSignOut={signOut} />
        </Shell>
      );
  }
}
