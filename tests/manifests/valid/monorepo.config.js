const apps = ['api', 'web'];

module.exports = {
  apps: apps.map((name, index) => ({
    name,
    namespace: 'shop',
    cwd: `./packages/${name}`,
    script: 'index.js',
    env: { PORT: 3000 + index },
    env_staging: { NODE_ENV: 'staging' },
    append_env_to_name: true,
  })),
};
