/** Light or dark: as the system says, until somebody chooses. */
import { createStore } from './store.js';

const KEY = 'rlt-studio-theme';
type Theme = 'light' | 'dark';

const system = matchMedia('(prefers-color-scheme: dark)');
const chosen = (): Theme | null => {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : null;
};
const current = (): Theme => chosen() ?? (system.matches ? 'dark' : 'light');

export const theme = createStore<Theme>(current());

export function startTheme(): void {
  const apply = (): void => {
    document.documentElement.dataset.theme = current();
    theme.set(current());
  };
  system.addEventListener('change', apply);
  apply();
}

export function toggleTheme(): void {
  localStorage.setItem(KEY, current() === 'dark' ? 'light' : 'dark');
  document.documentElement.dataset.theme = current();
  theme.set(current());
}
