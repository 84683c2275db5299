import { defineConfig } from 'vite';

export default defineConfig({
  optimizeDeps: { exclude: ['cognito-session-worker'] },
});
