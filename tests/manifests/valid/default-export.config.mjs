import { fileURLToPath } from 'node:url';
import path from 'node:path';

const here = path.dirname(fileURLToPath(import.meta.url));

export default {
  apps: [{ name: 'nuxt', script: path.join(here, '.output/server/index.mjs'), port: 3000, exec_mode: 'cluster', instances: 1 }],
};
