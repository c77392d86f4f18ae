export const apps = [
  { name: 'api', script: process.env.PATH.nothing.here },
];
